package dev.muster.manifest;

import static org.assertj.core.api.Assertions.assertThat;

import com.opencsv.CSVReader;
import com.opencsv.CSVReaderBuilder;
import com.opencsv.RFC4180ParserBuilder;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.io.TempDir;

/** What must hold for every manifest, tried on random ones; the repetition's number is the seed. */
class ManifestPropertyTests {

  private static final String[] PIECES = {
    "a", "ü", "東", ",", "\"\"", "\n", "\r\n", " ", "x".repeat(70), "-", "=1", "\t"
  };

  @TempDir private Path folder;

  private ManifestFiles files = new ManifestFiles(Path.of(""));

  @BeforeEach
  void useFolder() {
    files = new ManifestFiles(folder);
  }

  @RepeatedTest(40)
  void fieldsAreThoseThatOpencsvSeesInTheWholeFile(RepetitionInfo repetition) throws Exception {
    String content = validCsv(new Random(repetition.getCurrentRepetition()));

    List<Verdict> verdicts = files.verdicts(content);

    List<String[]> rows = new ArrayList<>();
    try (CSVReader reader =
        new CSVReaderBuilder(new StringReader(content))
            .withCSVParser(new RFC4180ParserBuilder().build())
            .build()) {
      rows.addAll(reader.readAll());
    }
    rows.remove(0);
    assertThat(verdicts).hasSameSizeAs(rows);
    for (int i = 0; i < rows.size(); i++) {
      String model = Edges.strip(rows.get(i)[1]);
      if (verdicts.get(i) instanceof Accepted device) {
        assertThat(device.deviceId()).hasToString(rows.get(i)[0]);
        // opencsv's reader makes every line end a line feed, also those inside quotes.
        String read = device.value(Column.MODEL);
        assertThat(read == null ? "" : read.replace("\r\n", "\n")).isEqualTo(model);
      } else {
        assertThat(((Rejected) verdicts.get(i)).code()).isEqualTo(RejectCode.FIELD_TOO_LONG);
        assertThat(model.codePointCount(0, model.length())).isGreaterThan(64);
      }
    }
  }

  @RepeatedTest(20)
  void readingOnFromAnyRowGivesTheSameVerdicts(RepetitionInfo repetition) throws Exception {
    String content = validCsv(new Random(1000 + repetition.getCurrentRepetition()));
    ReceivedManifest received = files.receive(content);
    List<Verdict> all = files.read(received, received.data());

    try (ManifestRowReader reader =
        new ManifestRowReader(files.spooled(), received.format(), Updates.NONE, received.data())) {
      for (int read = 1; reader.next() != null; read++) {
        ManifestRange rest =
            new ManifestRange(reader.offset(), received.data().end(), reader.line());
        assertThat(ManifestFiles.said(files.read(received, rest)))
            .isEqualTo(ManifestFiles.said(all.subList(read, all.size())));
      }
    }
  }

  @RepeatedTest(300)
  void rubbishIsRefusedOrEveryRowGetsAVerdictButNothingElseHappens(RepetitionInfo repetition) {
    Random random = new Random(2000 + repetition.getCurrentRepetition());
    byte[] content = validCsv(random).getBytes(StandardCharsets.UTF_8);
    for (int i = random.nextInt(6); i >= 0; i--) {
      int at = random.nextInt(content.length);
      content[at] =
          random.nextBoolean()
              ? (byte) random.nextInt(256)
              : (byte) "\",\n\r#{}".charAt(random.nextInt(7));
    }
    try {
      ReceivedManifest received = files.receive(content);
      assertThat(files.read(received, received.data())).hasSize((int) received.rows());
    } catch (ManifestRefusedException e) {
      assertThat(e.getMessage()).isNotBlank();
    }
  }

  /** A valid file with quotes, line breaks in quotes, blank fields and both line ends. */
  private static String validCsv(Random random) {
    String lineEnd = random.nextBoolean() ? "\n" : "\r\n";
    StringBuilder csv = new StringBuilder("device_id,model,note").append(lineEnd);
    int rows = 1 + random.nextInt(60);
    for (int row = 0; row < rows; row++) {
      csv.append(new UUID(random.nextLong(), random.nextLong()));
      for (int field = 0; field < 2; field++) {
        csv.append(',');
        StringBuilder value = new StringBuilder();
        for (int i = random.nextInt(4); i > 0; i--) {
          value.append(PIECES[random.nextInt(PIECES.length)]);
        }
        boolean quotes =
            random.nextInt(4) == 0 || value.chars().anyMatch(c -> ",\"\r\n".indexOf(c) >= 0);
        csv.append(quotes ? "\"" + value + "\"" : value);
      }
      csv.append(row == rows - 1 && random.nextBoolean() ? "" : lineEnd);
    }
    return csv.toString();
  }
}
