package dev.muster.manifest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.ByteArrayOutputStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ManifestReceiverTests {

  private static final String ID = "3f2504e0-4f89-41d3-9a0c-0305e82c3301";
  private static final String GOOD = "device_id,model\n" + ID + ",TH\n" + ID + ",TH\n";

  @TempDir private Path folder;

  private ManifestFiles files = new ManifestFiles(Path.of(""));

  @BeforeEach
  void useFolder() {
    files = new ManifestFiles(folder);
  }

  @Test
  void theSpooledCopyIsTheContentAndItsHashIsThatOfSha256sum() throws Exception {
    ReceivedManifest received = files.receive(GOOD);

    assertThat(Files.readString(files.spooled())).isEqualTo(GOOD);
    assertThat(received.sha256())
        .isEqualTo(
            HexFormat.of()
                .formatHex(
                    MessageDigest.getInstance("SHA-256")
                        .digest(GOOD.getBytes(StandardCharsets.UTF_8))));
    assertThat(received.rows()).isEqualTo(2);
    assertThat(received.bytes()).isEqualTo(GOOD.length());
  }

  @Test
  void gzippedItIsTheSameManifestAlsoInSeveralMembers() throws Exception {
    byte[] content = GOOD.getBytes(StandardCharsets.UTF_8);
    ByteArrayOutputStream members = new ByteArrayOutputStream();
    members.write(ManifestFiles.gzip(Arrays.copyOf(content, 30)));
    members.write(ManifestFiles.gzip(Arrays.copyOfRange(content, 30, content.length)));

    ReceivedManifest received = files.receive(members.toByteArray());

    assertThat(received).isEqualTo(files.receive(GOOD));
  }

  @Test
  void aByteOrderMarkIsNoPartOfTheFirstColumnsName() throws Exception {
    assertThat(files.receive("\uFEFF" + GOOD).header().columns())
        .containsExactly("device_id", "model");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "``|NO_HEADER|The file is empty.",
        "⏎ ,⏎|NO_HEADER|The file has nothing but empty lines.",
        "3f2504e0-4f89-41d3-9a0c-0305e82c3301,TH⏎|NO_HEADER|The first line looks like data",
        "serial,model⏎a,b⏎|NO_DEVICE_ID_COLUMN|The header has no column 'device_id'. It has"
            + " 2 columns, among them 'serial', which looks like serial_number, model.",
        "device_id,a b,A-B⏎x,y,z⏎|DUPLICATE_COLUMN|The header has the column 'a_b' twice (column 2",
        "device_id,,x⏎a,b,c⏎|UNUSABLE_HEADER|Column 2 of the header has no name, but line 2",
        "device_id⏎|NO_ROWS|The manifest has a header and no rows of data.",
        "device_id⏎⏎⏎|NO_ROWS|The manifest has a header and no rows of data.",
        "device_id⏎# rows=0|NO_ROWS|The manifest has a header",
        "device_id⏎a⏎\"b⏎c⏎|UNCLOSED_QUOTE|The quote that opens on line 3 never closes.",
        "device_id,x⏎a,\"1⏎2\"⏎b,\"3⏎|UNCLOSED_QUOTE|The quote that opens on line 4 never closes.",
        "device_id⏎a⏎b⏎# rows=3⏎|ROW_COUNT_MISMATCH|Line 4 says that there are 3 rows, but there",
        "device_id⏎a⏎b⏎# rows=1|ROW_COUNT_MISMATCH|Line 4 says that there are 1 rows, but there"
      })
  void whatCannotBeTakenIsRefusedAsAWhole(String content, RefusalCode code, String message) {
    assertThatExceptionOfType(ManifestRefusedException.class)
        .isThrownBy(() -> files.receive(content.replace('⏎', '\n')))
        .withMessageStartingWith(message)
        .extracting(ManifestRefusedException::code)
        .isEqualTo(code);
    assertThat(files.spooled()).doesNotExist();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "80",
        "C3",
        "C328",
        "C080",
        "C1BF",
        "E08080",
        "E28228",
        "EDA080",
        "EDBFBF",
        "F0808080",
        "F4908080",
        "F5808080",
        "FC",
        "FFFE",
        "F0908041"
      })
  void bytesThatAreNoUtf8AreRefusedAndTheirOffsetNamed(String hex) {
    byte[] bad = HexFormat.of().parseHex(hex);
    byte[] content = (GOOD + "12345,").getBytes(StandardCharsets.UTF_8);
    byte[] bytes = Arrays.copyOf(content, content.length + bad.length + 1);
    System.arraycopy(bad, 0, bytes, content.length, bad.length);
    bytes[bytes.length - 1] = '\n';

    assertThatExceptionOfType(ManifestRefusedException.class)
        .isThrownBy(() -> files.receive(bytes))
        .satisfies(
            refusal -> {
              assertThat(refusal.code()).isEqualTo(RefusalCode.NOT_UTF8);
              int offset =
                  Integer.parseInt(
                      String.valueOf(refusal.getMessage()).replaceAll(".*offset (\\d+) .*", "$1"));
              assertThat(offset).isBetween(content.length, bytes.length - 1);
            });
  }

  @Test
  void everyCharacterOfUnicodeIsUtf8() throws Exception {
    StringBuilder all = new StringBuilder("device_id,note\n");
    for (int c = 0xA0; c <= Character.MAX_CODE_POINT; c += 37) {
      if (c < Character.MIN_SURROGATE || c > Character.MAX_SURROGATE) {
        all.append(ID).append(',').appendCodePoint(c).append('\n');
      }
    }

    assertThat(files.verdicts(all.toString())).allMatch(Accepted.class::isInstance);
  }

  @Test
  void aFileThatEndsInTheMiddleOfACharacterWasCutOff() {
    byte[] bytes = (GOOD + ID + ",ü").getBytes(StandardCharsets.UTF_8);

    assertThatExceptionOfType(ManifestRefusedException.class)
        .isThrownBy(() -> files.receive(Arrays.copyOf(bytes, bytes.length - 1)))
        .withMessageStartingWith("The file ends in the middle of a character");
  }

  @ParameterizedTest
  @ValueSource(strings = {"UTF-16", "x-UTF-16LE-BOM"})
  void utf16WithAMarkIsTheSameManifestAsItsTextInUtf8(String charset) throws Exception {
    String text = GOOD + (ID + ",Prüfstand 東 \uD83D\uDE00\n").repeat(5_000);
    ReceivedManifest received = files.receive(text.getBytes(Charset.forName(charset)));

    assertThat(Files.readString(files.spooled())).isEqualTo(text);
    assertThat(received).isEqualTo(files.receive(text));
  }

  @Test
  void halfACharacterOfUtf16IsRefused() {
    byte[] bytes = (GOOD + "\uD83D\n").getBytes(StandardCharsets.UTF_16LE);
    bytes[bytes.length - 3] = (byte) 0xD8; // the encoder had put a question mark
    byte[] marked = new byte[bytes.length + 2];
    marked[0] = (byte) 0xFF;
    marked[1] = (byte) 0xFE;
    System.arraycopy(bytes, 0, marked, 2, bytes.length);

    for (byte[] content : new byte[][] {marked, Arrays.copyOf(marked, marked.length - 5)}) {
      assertThatExceptionOfType(ManifestRefusedException.class)
          .isThrownBy(() -> files.receive(content))
          .withMessageStartingWith("The file is UTF-16, but holds half a character")
          .extracting(ManifestRefusedException::code)
          .isEqualTo(RefusalCode.NOT_UTF8);
    }
  }

  @Test
  void aLineMayHaveAMebibyteAndNotOneByteMore() throws Exception {
    String start = GOOD + ID + ",";
    String fits = "x".repeat(ReceiveLimits.MAX_LINE_BYTES - ID.length() - 1);

    assertThat(files.receive(start + fits + "\r\n").rows()).isEqualTo(3);
    for (String end : new String[] {"", "\n", "\r\n", "y".repeat(3_000_000)}) {
      assertThatExceptionOfType(ManifestRefusedException.class)
          .isThrownBy(() -> files.receive(start + fits + "x" + end))
          .withMessageStartingWith("Line 4 is longer than 1,048,576 bytes.");
    }
  }

  @Test
  void aQuoteThatSwallowsTheRestOfALargeFileIsNamedByItsLine() {
    assertThatExceptionOfType(ManifestRefusedException.class)
        .isThrownBy(() -> files.receive(GOOD + ID + ",\"oops\n" + (ID + ",TH\n").repeat(60_000)))
        .withMessageStartingWith("The quote that opens on line 4 does not close within");
  }

  @Test
  void aDamagedGzipIsRefusedWhereverItIsCut() throws Exception {
    byte[] packed = ManifestFiles.gzip(GOOD.repeat(1).getBytes(StandardCharsets.UTF_8));
    for (int length = 2; length < packed.length; length++) {
      byte[] cut = Arrays.copyOf(packed, length);
      assertThatExceptionOfType(ManifestRefusedException.class)
          .as("cut at %d", length)
          .isThrownBy(() -> files.receive(cut))
          .extracting(ManifestRefusedException::code)
          .isEqualTo(RefusalCode.DAMAGED_GZIP);
    }
  }

  @Test
  void aGzipThatExpandsBeyondTheLimitIsRefusedLongBeforeItsEnd() throws Exception {
    byte[] bomb =
        ManifestFiles.gzip(
            (GOOD + (ID + ",TH\n").repeat(1_000_000)).getBytes(StandardCharsets.UTF_8));

    assertThatExceptionOfType(ManifestRefusedException.class)
        .isThrownBy(() -> files.receive(bomb, new ReceiveLimits(1_000_000)))
        .withMessageStartingWith("The manifest has more than 1,000,000 bytes when unpacked")
        .extracting(ManifestRefusedException::code)
        .isEqualTo(RefusalCode.EXPANDS_TOO_MUCH);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "# rows=2",
        "#rows = 2\r\n\r\n",
        "# ROWS: 2,,",
        "\"# rows=2\",",
        "\t\u00A0\uFEFF# row=2;;",
        "\"# rows=2\"\u001A",
        "# rows=2\n\u001A"
      })
  void aTrailerIsNoRowInWhateverDress(String trailer) throws Exception {
    ReceivedManifest received = files.receive(GOOD + trailer);

    assertThat(received.rows()).isEqualTo(2);
    assertThat(files.read(received, received.data())).hasSize(2);
  }

  @Test
  void aTrailerMayHaveItsThousandsSeparated() throws Exception {
    for (String rows : new String[] {"1,234", "1.234", "1 234", "1'234", "1\u202F234", "1234"}) {
      String content = "device_id\n" + (ID + "\n").repeat(1234) + "# rows=" + rows;
      assertThat(files.receive(content).rows()).isEqualTo(1234);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "# rows=1⏎x⏎|ROW_COUNT_MISMATCH|Line 2 says that there are 1 rows, and further ones",
        "x⏎# rows=1⏎# rows=1⏎|ROW_COUNT_MISMATCH|Line 3 says that there are 1 rows, and further",
        "x⏎# rows=1,5⏎|UNREADABLE_TRAILER|Line 3 begins with '#', but is not the trailer",
        "x⏎# rows=many⏎|UNREADABLE_TRAILER|Line 3 begins with '#'",
        "x⏎ \"#1\"⏎|UNREADABLE_TRAILER|Line 3 begins with '#'",
        "# exported⏎x⏎|UNREADABLE_TRAILER|Line 2 begins with '#'",
        "3f2504e0-4f89-41d3-9a0c-0305e82c3301⏎␚⏎3f2504e0-4f89-41d3-9a0c-0305e82c3301⏎"
            + "|ROW_COUNT_MISMATCH|Rows stand behind a Ctrl-Z"
      })
  void aGuardThatIsNotUnderstoodOrNotTheLastRowRefusesTheManifest(
      String rows, RefusalCode code, String message) {
    assertThatExceptionOfType(ManifestRefusedException.class)
        .isThrownBy(
            () -> files.receive("device_id\n" + rows.replace('⏎', '\n').replace('␚', '\u001A')))
        .withMessageStartingWith(message)
        .extracting(ManifestRefusedException::code)
        .isEqualTo(code);
  }

  @Test
  void noSentenceIsLongerThanAThousandCharacters() {
    String wide = "col_" + "y".repeat(50) + ",";
    for (String content :
        new String[] {
          wide.repeat(15_000) + "\n",
          "device_id," + wide.repeat(15_000) + "\n",
          "device_id," + "x".repeat(100_000) + "\nx,y\n",
          "device_id\nx\n#" + "z".repeat(100_000) + "\n"
        }) {
      assertThatExceptionOfType(ManifestRefusedException.class)
          .isThrownBy(() -> files.receive(content))
          .satisfies(refusal -> assertThat(refusal.getMessage()).hasSizeLessThanOrEqualTo(1000));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 7, 64})
  void splitAnyWayTheRowsAreTheSame(int ranges) throws Exception {
    StringBuilder content = new StringBuilder("device_id,note\n");
    for (int i = 0; i < 20_000; i++) {
      content.append(ID).append(i % 3 == 0 ? ",\"a\n\"\"b\"\n" : i % 5 == 0 ? "\n" : ",plain\r\n");
    }
    ReceivedManifest received = files.receive(content.toString());

    assertThat(
            received.split(ranges).stream()
                .flatMap(range -> ManifestFiles.said(files.read(received, range)).stream()))
        .isEqualTo(ManifestFiles.said(files.read(received, received.data())));
    assertThat(received.split(ranges)).hasSizeBetween(Math.min(ranges, 5), ranges);
  }

  @Test
  void everySampleThatIsToBeRefusedIs() throws Exception {
    try (Stream<Path> samples = Files.list(Path.of("sample-manifests/refused"))) {
      assertThat(samples.toList())
          .hasSizeGreaterThan(10)
          .allSatisfy(
              sample ->
                  assertThatExceptionOfType(ManifestRefusedException.class)
                      .isThrownBy(() -> files.receive(Files.readAllBytes(sample))));
    }
  }
}
