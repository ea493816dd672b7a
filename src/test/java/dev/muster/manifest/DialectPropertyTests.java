package dev.muster.manifest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.Dialect;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The same rows in each of the 3,600 dialects are the same rows. */
class DialectPropertyTests {

  private static final List<List<String>> DEVICES =
      List.of(
          List.of("device_id", "serial_number", "model", "note"),
          List.of("deviceId", "serialNumber", "Model", "NOTE"),
          List.of("DEVICE\u00A0ID", "Serial.Number", "model", "Note"),
          List.of("Device-ID", "serial number", "MODEL", "note"));
  private static final List<List<String>> LIST =
      List.of(
          List.of("device_id", "action", "reason", "effective_at"),
          List.of("Device-ID", "ACTION", "Reason", "effectiveAt"));

  private static final ManifestFormat WINDOWS_1252 =
      new ManifestFormat(
          null,
          ManifestFormat.Encoding.WINDOWS_1252,
          Map.of(),
          Map.of(),
          List.of(),
          Map.of(),
          Map.of(),
          false);

  @TempDir private Path folder;

  private List<String> plain = List.of();

  @ParameterizedTest
  @EnumSource
  void devicesAreTheSameInEveryDialect(Dialect.Encoding encoding) throws Exception {
    List<List<String>> rows = new ArrayList<>();
    for (String text : texts(encoding)) {
      rows.add(List.of(id(rows), "SN-" + rows.size(), text, text.isEmpty() ? "b" : text));
    }
    for (Dialect dialect : Dialect.all()) {
      if (dialect.encoding() == encoding) {
        assertTheSame(dialect, DEVICES, rows);
      }
    }
  }

  /** What they are packed in is off before anything is known of them. */
  @ParameterizedTest
  @EnumSource
  void revocationsAreTheSameInEveryDialect(Dialect.Encoding encoding) throws Exception {
    List<List<String>> rows = new ArrayList<>();
    for (String text : texts(encoding)) {
      boolean later = rows.size() % 2 == 0;
      rows.add(List.of(id(rows), later ? "" : "disable", text, later ? "2027-03-01T06:00Z" : ""));
    }
    for (Dialect dialect : Dialect.all()) {
      if (dialect.encoding() == encoding && dialect.packing() == Dialect.Packing.PLAIN) {
        assertTheSame(dialect, LIST, rows);
      }
    }
  }

  private void assertTheSame(Dialect dialect, List<List<String>> headers, List<List<String>> rows)
      throws Exception {
    ManifestFiles files = new ManifestFiles(folder);
    Random random = new Random(dialect.toString().hashCode());
    if (plain.isEmpty()) {
      byte[] content = Dialect.PLAIN.write(headers.get(0), rows, random);
      plain = said(files, files.receive(content), headers == LIST);
      assertThat(plain).hasSameSizeAs(rows).noneMatch(row -> row.contains("Rejected"));
    }

    ReceivedManifest received =
        files.receive(
            dialect.write(headers.get(random.nextInt(headers.size())), rows, random),
            ManifestFiles.LIMITS,
            dialect.encoding() == Dialect.Encoding.WINDOWS_1252
                ? WINDOWS_1252
                : ManifestFormat.NONE);

    assertThat(said(files, received, headers == LIST)).as("%s", dialect).isEqualTo(plain);
    assertThat(received.rows()).isEqualTo(rows.size());
  }

  private static List<String> texts(Dialect.Encoding encoding) {
    return Dialect.TEXTS.stream().filter(encoding::canWrite).toList();
  }

  private static String id(List<List<String>> rows) {
    return new UUID(0x4f8941d39a0cL, rows.size() + 1).toString();
  }

  /** All of the rows but their lines, on which they stand elsewhere. */
  private static List<String> said(ManifestFiles files, ReceivedManifest received, boolean list) {
    return list
        ? files.readList(received).stream()
            .map(row -> row.toString().replaceFirst("line=\\d+", ""))
            .toList()
        : ManifestFiles.said(files.read(received, received.data())).stream()
            .map(said -> said.replaceFirst("^\\d+ ", ""))
            .toList();
  }
}
