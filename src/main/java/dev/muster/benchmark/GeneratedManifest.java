package dev.muster.benchmark;

import dev.muster.manifest.Guid;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;

/**
 * Manifests such as factories send: random version-4 GUIDs, six columns, about 75 bytes a row.
 * Each, by its number, is the same every time.
 */
final class GeneratedManifest {

  private static final long SEED = 20_261_101;
  private static final long VERSION_4 = 0x4000L;
  private static final long VARIANT = 0x8000_0000_0000_0000L;

  private GeneratedManifest() {}

  /** A revocation list that revokes every device of the manifest, in another order. */
  static void writeRevocations(Path file, int rows, int number) throws IOException {
    SplittableRandom random = new SplittableRandom(SEED + number);
    long[] guids = new long[rows * 2];
    for (int row = 0; row < rows; row++) {
      guids[row * 2] = high(random);
      guids[row * 2 + 1] = low(random);
    }
    byte[] guid = new byte[36];
    try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file), 1 << 18)) {
      out.write(ascii("device_id,action,reason\n"));
      for (int left = rows; left > 0; left--) {
        int chosen = random.nextInt(left);
        Guid.write(guids[chosen * 2], guids[chosen * 2 + 1], guid, 0);
        guids[chosen * 2] = guids[left * 2 - 2];
        guids[chosen * 2 + 1] = guids[left * 2 - 1];
        out.write(guid);
        out.write(ascii(",revoke,recall 17\n"));
      }
    }
  }

  static void write(Path file, long rows, int number) throws IOException {
    SplittableRandom random = new SplittableRandom(SEED + number);
    byte[] guid = new byte[36];
    try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file), 1 << 18)) {
      out.write(ascii("device_id,serial_number,model,hardware_revision,building,room\n"));
      for (long row = 1; row <= rows; row++) {
        Guid.write(high(random), low(random), guid, 0);
        out.write(guid);
        out.write(
            ascii(",SN-%08d,TH-200,B,Building %d,%d\n".formatted(row, row % 7 + 1, row % 400 + 1)));
      }
    }
  }

  private static long high(SplittableRandom random) {
    return (random.nextLong() & ~0xF000L) | VERSION_4;
  }

  private static long low(SplittableRandom random) {
    return (random.nextLong() >>> 2) | VARIANT;
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
