package dev.muster.manifest;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.stream.Collectors;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.io.TempDir;

/** The same devices in every dialect are the same devices; the repetition's number is the seed. */
class DialectPropertyTests {

  private static final String[] TEXTS = {
    "",
    "TH-200",
    "Nordlicht, groß",
    "a;b",
    "a|b",
    "a\tb",
    "5\" pipe",
    "x\u00A0y",
    "東",
    "#7",
    "two\nlines"
  };
  private static final List<List<String>> HEADERS =
      List.of(
          List.of("device_id", "serial_number", "model", "note"),
          List.of("deviceId", "serialNumber", "Model", "NOTE"),
          List.of("DEVICE\u00A0ID", "Serial.Number", "model", "Note"),
          List.of("\u200BDevice-ID ", "\"serial number\"", "MODEL", " note"));
  private static final String[] LINE_ENDS = {"\n", "\r\n", "\r\r\n"};
  private static final String[] EDGES = {"", "", " ", "\u00A0", "\u200B", "\uFEFF", "\u3000"};

  @TempDir private Path folder;

  private record Dialect(
      char separator,
      String lineEnd,
      boolean quoteAll,
      boolean edges,
      boolean blanks,
      boolean trailer) {}

  @RepeatedTest(300)
  void devicesAreTheSameInEveryDialect(RepetitionInfo repetition) throws Exception {
    Random random = new Random(repetition.getCurrentRepetition());
    List<List<String>> devices = new ArrayList<>();
    for (int i = 1 + random.nextInt(40); i > 0; i--) {
      devices.add(
          List.of(
              new UUID(random.nextLong(), random.nextLong()).toString(),
              "SN-" + i,
              TEXTS[random.nextInt(TEXTS.length)],
              TEXTS[random.nextInt(TEXTS.length)]));
    }
    ManifestFiles files = new ManifestFiles(folder);
    String plain =
        write(devices, HEADERS.get(0), random, new Dialect(',', "\n", false, false, false, false));
    Dialect dialect =
        new Dialect(
            ",;\t|".charAt(random.nextInt(4)),
            LINE_ENDS[random.nextInt(LINE_ENDS.length)],
            random.nextBoolean(),
            random.nextBoolean(),
            random.nextBoolean(),
            random.nextBoolean());
    String dressed = write(devices, HEADERS.get(random.nextInt(HEADERS.size())), random, dialect);

    ReceivedManifest received = files.receive(packed(encoded(dressed, random), random));
    List<String> read = devices(files.read(received, received.data()));

    assertThat(received.rows()).isEqualTo(devices.size());
    assertThat(read)
        .as("%s", dialect)
        .isEqualTo(devices(files.verdicts(plain)))
        .hasSameSizeAs(devices);
  }

  /** All but the lines, on which they stand elsewhere. */
  private static List<String> devices(List<Verdict> verdicts) {
    assertThat(verdicts).allMatch(Accepted.class::isInstance);
    return ManifestFiles.said(verdicts).stream()
        .map(said -> said.replaceFirst("\\d+ ", ""))
        .toList();
  }

  private static String write(
      List<List<String>> devices, List<String> header, Random random, Dialect dialect) {
    String separator = String.valueOf(dialect.separator());
    String blank = separator.repeat(header.size() - 1) + dialect.lineEnd();
    StringBuilder csv = new StringBuilder(dialect.blanks() ? blank : "");
    csv.append(String.join(separator, header)).append(dialect.lineEnd());
    for (List<String> device : devices) {
      csv.append(
              device.stream()
                  .map(value -> field(value, random, dialect))
                  .collect(Collectors.joining(separator)))
          .append(dialect.lineEnd());
      if (dialect.blanks() && random.nextInt(4) == 0) {
        csv.append(random.nextBoolean() ? blank : dialect.lineEnd());
      }
    }
    if (dialect.trailer()) {
      csv.append(random.nextBoolean() ? "# rows=" : "\"# ROWS: ")
          .append(devices.size())
          .append(csv.lastIndexOf("\"# ROWS") > csv.lastIndexOf("# rows") ? "\"" : "")
          .append(separator.repeat(random.nextInt(4)));
    }
    return csv.toString();
  }

  private static String field(String value, Random random, Dialect dialect) {
    boolean quotes =
        dialect.quoteAll()
            || value.chars().anyMatch(c -> c == dialect.separator() || "\"\n".indexOf(c) >= 0);
    String field = quotes ? '"' + value.replace("\"", "\"\"") + '"' : value;
    return dialect.edges()
        ? EDGES[random.nextInt(EDGES.length)] + field + EDGES[random.nextInt(EDGES.length)]
        : field;
  }

  private static byte[] encoded(String text, Random random) {
    return switch (random.nextInt(4)) {
      case 0 -> ("\uFEFF" + text).getBytes(StandardCharsets.UTF_8);
      case 1 -> text.getBytes(StandardCharsets.UTF_16);
      case 2 -> text.getBytes(Charset.forName("x-UTF-16LE-BOM"));
      default -> text.getBytes(StandardCharsets.UTF_8);
    };
  }

  private static byte[] packed(byte[] content, Random random) throws Exception {
    int cut = random.nextInt(content.length);
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    switch (random.nextInt(3)) {
      case 0 -> file.write(ManifestFiles.gzip(content));
      case 1 -> {
        file.write(ManifestFiles.gzip(Arrays.copyOf(content, cut)));
        file.write(ManifestFiles.gzip(Arrays.copyOfRange(content, cut, content.length)));
        file.write(new byte[random.nextInt(600)]);
      }
      default -> file.write(content);
    }
    return file.toByteArray();
  }
}
