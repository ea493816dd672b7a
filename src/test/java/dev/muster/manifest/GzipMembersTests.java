package dev.muster.manifest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import java.util.zip.CRC32;
import java.util.zip.ZipException;
import org.junit.jupiter.api.Test;

class GzipMembersTests {

  private static final byte[] TEXT =
      "device_id\n3f2504e0-4f89-41d3-9a0c-0305e82c3301\n".getBytes(StandardCharsets.US_ASCII);

  @Test
  void membersOfAnySizeAndZerosBehindThemAreWhole() throws Exception {
    byte[] large = new byte[3_000_000];
    new Random(17).nextBytes(large);
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    file.write(ManifestFiles.gzip(TEXT));
    file.write(ManifestFiles.gzip(new byte[0]));
    file.write(ManifestFiles.gzip(large));
    file.write(new byte[200_000]);

    ByteArrayOutputStream expected = new ByteArrayOutputStream();
    expected.write(TEXT);
    expected.write(large);
    assertThat(unpack(file.toByteArray())).isEqualTo(expected.toByteArray());
  }

  /** Some streams never say that more is available, and hand over as little as they like. */
  @Test
  void aFurtherMemberIsReadWhateverTheStreamSaysIsAvailable() throws Exception {
    for (int length = 480; length < 520; length++) { // around the buffer of Java's own reader
      byte[] first = new byte[length];
      new Random(1).nextBytes(first);
      ByteArrayOutputStream file = new ByteArrayOutputStream();
      file.write(ManifestFiles.gzip(first));
      file.write(ManifestFiles.gzip(TEXT));
      InputStream silent =
          new FilterInputStream(new ByteArrayInputStream(file.toByteArray())) {
            @Override
            public int available() {
              return 0;
            }

            @Override
            public int read(byte[] bytes, int offset, int count) throws IOException {
              return super.read(bytes, offset, Math.min(count, 100));
            }
          };
      assertThat(new GzipMembers(silent).readAllBytes()).hasSize(length + TEXT.length);
    }
  }

  @Test
  void aMemberMayHaveEveryFieldThatTheFormatKnows() throws Exception {
    byte[] plain = ManifestFiles.gzip(TEXT);
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    file.write(plain, 0, 3);
    file.write(2 | 4 | 8 | 16);
    file.write(plain, 4, 6);
    file.write(new byte[] {3, 0, 'a', 'b', 'c'});
    file.write("line7.csv\0made by hand\0".getBytes(StandardCharsets.US_ASCII));
    CRC32 checksum = new CRC32();
    checksum.update(file.toByteArray());
    file.write((int) checksum.getValue());
    file.write((int) checksum.getValue() >> 8);
    int bodyAt = file.size();
    file.write(plain, 10, plain.length - 10);

    byte[] whole = file.toByteArray();
    assertThat(unpack(whole)).isEqualTo(TEXT);
    for (int i = 0; i < bodyAt; i++) {
      byte[] damaged = whole.clone();
      damaged[i] ^= 4;
      assertDamaged(damaged);
    }
  }

  @Test
  void aFurtherMemberThatIsCutOrChangedAnywhereIsDamage() throws Exception {
    byte[] member = ManifestFiles.gzip(TEXT);
    byte[] file = Arrays.copyOf(member, member.length * 2);
    System.arraycopy(member, 0, file, member.length, member.length);

    for (int length = member.length + 1; length < file.length; length++) {
      assertDamaged(Arrays.copyOf(file, length));
    }
    for (int i = member.length; i < file.length; i++) {
      int inHeader = i - member.length;
      if (inHeader < 4 || inHeader > 9) { // a time, a level and a system can't be wrong
        byte[] damaged = file.clone();
        damaged[i] ^= 0x40;
        assertDamaged(damaged);
      }
    }
  }

  @Test
  void textOrOneByteBehindTheZerosIsDamage() throws Exception {
    byte[] member = ManifestFiles.gzip(TEXT);
    byte[] text = Arrays.copyOf(member, member.length + TEXT.length);
    System.arraycopy(TEXT, 0, text, member.length, TEXT.length);
    assertDamaged(text);

    byte[] padded = Arrays.copyOf(member, member.length + 100_000);
    padded[padded.length - 1] = 1;
    assertDamaged(padded);
  }

  private static void assertDamaged(byte[] file) {
    assertThatExceptionOfType(ZipException.class).isThrownBy(() -> unpack(file));
  }

  private static byte[] unpack(byte[] file) throws IOException {
    try (GzipMembers members = new GzipMembers(new ByteArrayInputStream(file))) {
      return members.readAllBytes();
    }
  }
}
