package dev.muster.manifest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvFileSource;

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
