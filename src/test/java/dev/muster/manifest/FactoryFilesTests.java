package dev.muster.manifest;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvFileSource;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Files as factories really send them. What is right for each is in {@code cases.csv}: a refusal's
 * code or OK; how many rows are accepted and blank; the codes of those that are refused, in order;
 * what the refusal, a reject or a warning says; the serial numbers of the first devices.
 */
class FactoryFilesTests {

  private static final Path CASES = Path.of("src/test/resources/cases");

  @TempDir private Path folder;

  @ParameterizedTest(name = "{0} as {1}: {2}")
  @CsvFileSource(resources = "/cases.csv", delimiter = '|', numLinesToSkip = 1)
  void eachIsTakenOrRefusedAsIsRight(
      String file,
      String kind,
      String outcome,
      String accepted,
      String blank,
      String rejected,
      String says,
      String serials)
      throws Exception {
    ManifestFiles files = new ManifestFiles(folder);
    byte[] content = Files.readAllBytes(CASES.resolve(file));
    if (!outcome.equals("OK")) {
      assertThatExceptionOfType(ManifestRefusedException.class)
          .isThrownBy(() -> read(files, files.receive(content), kind))
          .withMessageContaining(orEmpty(says))
          .satisfies(refusal -> assertThat(refusal.code()).hasToString(outcome))
          .satisfies(refusal -> assertThat(refusal.getMessage()).hasSizeLessThanOrEqualTo(1000));
      return;
    }
    ReceivedManifest received = files.receive(content);
    List<Object> verdicts = read(files, received, kind);
    List<Rejected> rejects =
        verdicts.stream().filter(Rejected.class::isInstance).map(Rejected.class::cast).toList();

    assertThat(verdicts).hasSize(Math.toIntExact(received.rows()));
    assertThat(verdicts.size() - rejects.size()).isEqualTo(Integer.parseInt(accepted));
    assertThat(received.blankRows()).isEqualTo(Long.parseLong(blank));
    assertThat(rejects).extracting(reject -> reject.code().name()).isEqualTo(codes(rejected));
    assertThat(
            Stream.concat(
                    rejects.stream().map(Rejected::message), files.warnings(received).stream())
                .collect(Collectors.joining("\n")))
        .contains(orEmpty(says));
    List<String> expected = Arrays.asList(orEmpty(serials).split(" "));
    assertThat(
            verdicts.stream()
                .filter(Accepted.class::isInstance)
                .map(row -> ((Accepted) row).value(Column.SERIAL_NUMBER))
                .map(serial -> serial == null ? "-" : serial)
                .limit(orEmpty(serials).isEmpty() ? 0 : expected.size()))
        .isEqualTo(orEmpty(serials).isEmpty() ? List.of() : expected);
  }

  private static final ManifestFormat AGREED =
      new ManifestFormat(
          Separator.SEMICOLON,
          ManifestFormat.Encoding.WINDOWS_1252,
          Map.of("Geräte-ID", "device_id", "Serie", "serial_number", "Farbe", "colour"),
          Map.of("building", "Halle 3", "lot", "7"),
          List.of("serial_number", "building"),
          Map.of("model", List.of("TH-200", "TH-300")),
          Map.of("colour", "r.*"),
          true);

  @Test
  void aFactorysFormatIsWhatItsFilesAreReadBy() throws Exception {
    ManifestFiles files = new ManifestFiles(folder);
    String id = "3f2504e0-4f89-41d3-9a0c-0305e82c330";
    String rows =
        "GERÄTE ID;Serie;Model;Farbe\n"
            + "%s1;Ä1;TH-200;rot\n".formatted(id)
            + "%s2;;TH-200;rot\n".formatted(id)
            + "%s3;S3;TH-100;\n".formatted(id)
            + "%s4;S4;;blau\n".formatted(id);

    ReceivedManifest received =
        files.receive((rows + "# rows=4\n").getBytes("windows-1252"), ManifestFiles.LIMITS, AGREED);

    assertThat(received.header().understood())
        .extracting(column -> column.asSent() + " " + column.column() + " " + column.use())
        .containsExactly(
            "GERÄTE ID device_id KNOWN",
            "Serie serial_number KNOWN",
            "Model model KNOWN",
            "Farbe colour ATTRIBUTE");
    List<Verdict> verdicts = files.read(received, received.data());
    Accepted first = (Accepted) verdicts.get(0);
    assertThat(first.value(Column.SERIAL_NUMBER)).isEqualTo("Ä1");
    assertThat(first.value(Column.MODEL)).isEqualTo("TH-200");
    assertThat(first.value(Column.BUILDING)).isEqualTo("Halle 3");
    assertThat(first.attributes()).contains("\"lot\": \"7\"").contains("\"colour\": \"rot\"");
    assertThat(verdicts.subList(1, 4))
        .extracting(verdict -> ((Rejected) verdict).code() + " " + ((Rejected) verdict).message())
        .containsExactly(
            "MISSING_VALUE The row has no serial_number.",
            "VALUE_NOT_ALLOWED model may be 'TH-200', 'TH-300'.",
            "VALUE_NOT_ALLOWED colour must match the pattern r.*.");
    // A byte order mark says more than the format.
    assertThat(
            files
                .receive(
                    ("\uFEFF" + rows + "# rows=4").getBytes(UTF_8), ManifestFiles.LIMITS, AGREED)
                .sha256())
        .isNotEqualTo(received.sha256());
    assertRefused(files, rows, RefusalCode.MISSING_TRAILER, "# rows=4");
    assertRefused(
        files, rows.replace(";Serie;", ";Nr;"), RefusalCode.MISSING_COLUMN, "'serial_number'");
    assertRefused(files, rows.replace(';', ','), RefusalCode.NO_DEVICE_ID_COLUMN, "semicolon");
    byte[] spoilt = rows.getBytes("windows-1252");
    spoilt[spoilt.length - 2] = (byte) 0x81; // which is no character there
    assertThatExceptionOfType(ManifestRefusedException.class)
        .isThrownBy(() -> files.receive(spoilt, ManifestFiles.LIMITS, AGREED))
        .withMessageContaining("read as windows-1252");
  }

  private static void assertRefused(
      ManifestFiles files, String content, RefusalCode code, String says) {
    assertThatExceptionOfType(ManifestRefusedException.class)
        .isThrownBy(
            () -> files.receive(content.getBytes("windows-1252"), ManifestFiles.LIMITS, AGREED))
        .withMessageContaining(says)
        .satisfies(refusal -> assertThat(refusal.code()).isEqualTo(code));
  }

  @Test
  void aDefaultGatewayIsNotItsOwnGateway() throws Exception {
    ManifestFiles files = new ManifestFiles(folder);
    String gateway = "3f2504e0-4f89-41d3-9a0c-0305e82c3301";
    ManifestFormat format =
        new ManifestFormat(
            null,
            null,
            Map.of(),
            Map.of("building", "Halle 3", "gateway_id", gateway.toUpperCase(Locale.ROOT)),
            List.of(),
            Map.of(),
            Map.of(),
            false);
    String behind = "9d2a1e44-0000-4000-8000-000000000001";

    ReceivedManifest received =
        files.receive(
            "device_id\n%s\n%s\n".formatted(gateway, behind).getBytes(UTF_8),
            ManifestFiles.LIMITS,
            format);

    assertThat(files.read(received, received.data()))
        .extracting(row -> (Accepted) row)
        .extracting(row -> row.value(Column.BUILDING) + " " + row.guid(Column.GATEWAY_ID))
        .containsExactly("Halle 3 null", "Halle 3 " + gateway);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"defaults\": {\"device_id\": \"x\"}} | can have no default",
        "{\"defaults\": {\"model\": \"TH-9\"}, \"allowed\": {\"model\": [\"TH-2\"]}} | can't be:"
            + " model may be",
        "{\"patterns\": {\"model\": \"(\"}} | no regular expression: missing closing )",
        "{\"patterns\": {\"model\": \"(?=T).*\"}} | knows no look-around",
        "{\"patterns\": {\"model\": \"(a)\\\\1\"}} | no back references such as",
        "{\"patterns\": {\"model\": \"[a-z&&[^b]]+\"}} | has [ or && within [ ]",
        "{\"patterns\": {\"model\": \"((a{100}){100}){100}\"}} | more than 1,000 times",
        "{\"patterns\": {\"model\": \"(abc){1000}\"}} | is too large",
        "{\"defaults\": {\"model\": \"x\"}, \"patterns\": {\"model\": \"TH.*\"}} | can't be: model"
            + " must match",
        "{\"names\": {\" \": \"model\"}} | 1 to 64 characters",
        "{\"defaults\": {\"gateway_id\": \"gw\"}} | must be a GUID",
        "{\"defaults\": {\"gateway_id\": \"00000000000000000000000000000000\"}} | of a device",
        "{\"defaults\": {\"gateway_id\": \"{FFFFFFFF-ffff-ffff-ffff-ffffffffffff}\"}} | of a device"
      })
  void aFormatThatCanNotBeIsSaidToBeNone(String json, String says) {
    assertThatThrownBy(() -> ManifestFormat.parse(json).agreed()).hasMessageContaining(says);
  }

  /** With an engine that goes back, the first would take longer than the world is old. */
  @ParameterizedTest
  @CsvSource({"([a-z]*)*[A-Z]([a-z]*)*9", "(.*.*.*.*.*.*)+9", "(x+x+)+y"})
  @Timeout(value = 2, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void noPatternHoldsUpARun(String pattern) throws Exception {
    ManifestFiles files = new ManifestFiles(folder);
    ManifestFormat format = formatOf(pattern).agreed();
    ReceivedManifest received =
        files.receive(
            ("device_id,lot\n3f2504e0-4f89-41d3-9a0c-0305e82c3301," + "x".repeat(1024) + "\n")
                .getBytes(UTF_8),
            ManifestFiles.LIMITS,
            format);
    assertThat(files.read(received, received.data()))
        .singleElement()
        .isInstanceOfSatisfying(
            Rejected.class, row -> assertThat(row.code()).isEqualTo(RejectCode.VALUE_NOT_ALLOWED));
  }

  @Test
  void aFormatOfBeforeWhosePatternIsNotKnownRefusesFilesAndCanBeRead() throws Exception {
    ManifestFormat before = ManifestFormat.parse(formatOf("(?!X).*").json());
    assertThat(before.patterns()).containsEntry("lot", "(?!X).*");
    ManifestFiles files = new ManifestFiles(folder);
    byte[] content = "device_id,lot\n3f2504e0-4f89-41d3-9a0c-0305e82c3301,7\n".getBytes(UTF_8);
    assertThatExceptionOfType(ManifestRefusedException.class)
        .isThrownBy(() -> files.receive(content, ManifestFiles.LIMITS, before))
        .withMessageContaining("Have it changed, then send the file again.")
        .satisfies(refusal -> assertThat(refusal.code()).isEqualTo(RefusalCode.UNUSABLE_FORMAT));
    assertThat(files.receive(content, ManifestFiles.LIMITS, before.forLists()).rows()).isOne();
  }

  private static ManifestFormat formatOf(String pattern) {
    return new ManifestFormat(
        null, null, Map.of(), Map.of(), List.of(), Map.of(), Map.of("lot", pattern), false);
  }

  @Test
  void noFileIsWithoutItsRightValue() throws IOException {
    List<String> named;
    try (Stream<String> lines = Files.lines(Path.of("src/test/resources/cases.csv"))) {
      named = lines.map(line -> line.substring(0, line.indexOf('|'))).distinct().toList();
    }
    try (Stream<Path> cases = Files.list(CASES)) {
      assertThat(cases.map(file -> file.getFileName().toString())).isSubsetOf(named);
    }
  }

  private static List<Object> read(ManifestFiles files, ReceivedManifest received, String kind)
      throws ManifestRefusedException {
    if (kind.equals("manifest")) {
      return new ArrayList<>(files.read(received, received.data()));
    }
    RevocationHeader unused = new RevocationHeader(received.header());
    return files.readList(received);
  }

  private static List<String> codes(String rejected) {
    return Arrays.stream(orEmpty(rejected).split(" "))
        .filter(code -> !code.isEmpty())
        .flatMap(
            code -> {
              int star = code.indexOf('*');
              int times = star < 0 ? 1 : Integer.parseInt(code.substring(0, star));
              return Collections.nCopies(times, code.substring(star + 1)).stream();
            })
        .toList();
  }

  private static String orEmpty(String text) {
    return text == null ? "" : text;
  }
}
