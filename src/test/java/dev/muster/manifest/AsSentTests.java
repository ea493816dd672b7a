package dev.muster.manifest;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What was sent has one hash, however long it is and however it is read. */
class AsSentTests {

  /** None, less than a block, exactly some, and many more than are kept at a time. */
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 100, 1 << 18, (1 << 18) + 1, 1 << 20, 5_000_011})
  void isHashedAsOneMessage(int length) throws Exception {
    Random random = new Random(length);
    byte[] content = new byte[length];
    random.nextBytes(content);
    AsSent sent = new AsSent(new ByteArrayInputStream(content), read -> {});

    assertThat(readInPieces(sent, length / 2, random)).isEqualTo(length / 2);
    sent.toItsEnd();

    assertThat(sent.bytes()).isEqualTo(length);
    assertThat(sent.sha256())
        .isEqualTo(HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content)))
        .isEqualTo(sent.sha256());
  }

  private static int readInPieces(AsSent sent, int most, Random random) throws IOException {
    byte[] block = new byte[300_000];
    int all = 0;
    while (all < most) {
      all += sent.read(block, 7, Math.min(most - all, 1 + random.nextInt(block.length - 7)));
    }
    return all;
  }
}
