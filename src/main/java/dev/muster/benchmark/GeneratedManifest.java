package dev.muster.benchmark;

import dev.muster.token.DeviceTokens;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;

/**
 * A manifest such as factories send: random version-4 GUIDs, six columns, about 75 bytes a row. The
 * same every time.
 */
final class GeneratedManifest {

  private static final long SEED = 20_261_101;
  private static final long VERSION_4 = 0x4000L;
  private static final long VARIANT = 0x8000_0000_0000_0000L;

  private GeneratedManifest() {}

  static void write(Path file, long rows) throws IOException {
    SplittableRandom random = new SplittableRandom(SEED);
    byte[] guid = new byte[36];
    try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file), 1 << 18)) {
      out.write(ascii("device_id,serial_number,model,hardware_revision,building,room\n"));
      for (long row = 1; row <= rows; row++) {
        long high = (random.nextLong() & ~0xF000L) | VERSION_4;
        long low = (random.nextLong() >>> 2) | VARIANT;
        DeviceTokens.writeGuid(high, low, guid, 0);
        out.write(guid);
        out.write(
            ascii(",SN-%08d,TH-200,B,Building %d,%d\n".formatted(row, row % 7 + 1, row % 400 + 1)));
      }
    }
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
