package dev.muster.renewal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.RunProgram;
import dev.muster.exchange.TestToken;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** A bundle as its factory opens it, with the stock {@code age}. */
final class OpenedBundle {

  /** A line of it. */
  record Line(String device, String namespace, String eventHub, String token, Instant expiresAt) {

    /** The token that it should be, with this key. */
    String expected(String key) {
      return new TestToken(
              namespace, eventHub, "device-send", key, device, expiresAt.getEpochSecond())
          .text();
    }
  }

  private OpenedBundle() {}

  /** Its lines by device; none is twice in it. */
  static Map<String, Line> open(Path bundle, Path identity) throws IOException {
    Map<String, Line> lines = new HashMap<>();
    try (Stream<Path> files = Files.list(bundle)) {
      for (Path part : files.filter(file -> file.toString().endsWith(".age")).toList()) {
        RunProgram.Result opened =
            RunProgram.run(
                List.of("age", "-d", "-i", identity.toString(), part.toString()), new byte[0]);
        assertThat(opened.exitCode()).as(opened.stderr()).isZero();
        opened
            .text()
            .lines()
            .skip(1)
            .map(line -> line.split(",", -1))
            .map(f -> new Line(f[0], f[1], f[2], f[3], Instant.parse(f[4])))
            .forEach(line -> assertThat(lines.put(line.device(), line)).isNull());
      }
    }
    return lines;
  }
}
