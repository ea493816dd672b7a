package dev.muster.manifest;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RowVerdictTests {

  private static final String ID = "3f2504e0-4f89-41d3-9a0c-0305e82c3301";

  @TempDir private Path folder;

  private ManifestFiles files = new ManifestFiles(Path.of(""));

  @BeforeEach
  void useFolder() {
    files = new ManifestFiles(folder);
  }

  @Test
  void columnsAreFoundByNameInAnyOrderAndSpellingAndTheRestAreAttributes() throws Exception {
    Accepted device =
        (Accepted)
            one(
                "Room,SERIAL NUMBER,colour,device-id,Hardware_Revision,\"firm\"\"ware\"\n"
                    + "1.02,S-1,white,{"
                    + ID.toUpperCase(java.util.Locale.ROOT)
                    + "},B,\n");

    assertThat(device.line()).isEqualTo(2);
    assertThat(device.deviceId()).hasToString(ID);
    assertThat(device.value(Column.SERIAL_NUMBER)).isEqualTo("S-1");
    assertThat(device.value(Column.MODEL)).isNull();
    assertThat(device.value(Column.HARDWARE_REVISION)).isEqualTo("B");
    assertThat(device.value(Column.BUILDING)).isNull();
    assertThat(device.value(Column.ROOM)).isEqualTo("1.02");
    assertThat(device.attributes()).isEqualTo("{\"colour\":\"white\"}");
  }

  @Test
  void quotedFieldsMayHoldCommasQuotesAndLineBreaks() throws Exception {
    Accepted device =
        (Accepted)
            one("device_id,model,note\r\n" + ID + ",\"TH \"\"Pro\"\", 2\",\"two\r\nlines\"\r\n");

    assertThat(device.value(Column.MODEL)).isEqualTo("TH \"Pro\", 2");
    assertThat(device.attributes()).isEqualTo("{\"note\":\"two\\r\\nlines\"}");
  }

  @Test
  void aQuoteInsideAnUnquotedFieldIsText() throws Exception {
    assertThat(((Accepted) one("device_id,model\n" + ID + ",5\" pipe\n")).value(Column.MODEL))
        .isEqualTo("5\" pipe");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "1-1-1-1-1",
        "3f2504e04f8941d39a0c0305e82c3301",
        "3f2504e0-4f89-41d3-9a0c-0305e82c330",
        "3f2504e0-4f89-41d3-9a0c-0305e82c33011",
        "3f2504e0-4f89-41d3-9a0c-0305e82c330g",
        "{3f2504e0-4f89-41d3-9a0c-0305e82c3301",
        "(3f2504e0-4f89-41d3-9a0c-0305e82c3301)",
        "3f2504e0-4f89-41d3-9a0c_0305e82c3301",
        "3f2504e0-4f89-41d3-9a0c-0305e82c330１",
        "urn:uuid:3f2504e0-4f89-41d3-9a0c-0305e82c3301"
      })
  void whatIsNoGuidIsRejected(String id) throws Exception {
    assertThat(one("device_id,model\n" + id + ",TH\n"))
        .isEqualTo(
            new Rejected(
                2,
                id,
                RejectCode.MALFORMED_DEVICE_ID,
                "device_id",
                id,
                "This is no GUID: it needs 32 hexadecimal digits in groups of 8-4-4-4-12, such as"
                    + " 3f2504e0-4f89-41d3-9a0c-0305e82c3301."));
  }

  @Test
  void whiteSpaceAroundAGuidIsSaidToBeTheFault() throws Exception {
    Rejected reject = (Rejected) one("device_id\n" + ID + " \n");

    assertThat(reject.code()).isEqualTo(RejectCode.MALFORMED_DEVICE_ID);
    assertThat(reject.message()).isEqualTo("There is white space around this GUID; remove it.");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "\"\"", "   "})
  void aRowWithoutADeviceIsRejected(String id) throws Exception {
    Rejected reject = (Rejected) one("model,device_id\nTH," + id + "\n");

    assertThat(reject.code()).isEqualTo(RejectCode.MISSING_DEVICE_ID);
    assertThat(reject.column()).isEqualTo("device_id");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "00000000-0000-0000-0000-000000000000",
        "ffffffff-ffff-ffff-ffff-ffffffffffff",
        "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF",
        "{00000000-0000-0000-0000-000000000000}"
      })
  void theNilAndTheMaxGuidAreNobodys(String id) throws Exception {
    assertThat(((Rejected) one("device_id\n" + id + "\n")).code())
        .isEqualTo(RejectCode.RESERVED_DEVICE_ID);
  }

  @Test
  void tooFewAndTooManyFieldsAreCounted() throws Exception {
    List<Verdict> verdicts =
        files.verdicts("device_id,model,room\n" + ID + ",TH\n" + ID + ",TH,1,2,3\n");

    assertThat(verdicts)
        .extracting(verdict -> ((Rejected) verdict).message())
        .containsExactly(
            "The row has 2 fields, and the header has 3 columns.",
            "The row has 5 fields, and the header has 3 columns.");
    assertThat(((Rejected) verdicts.get(1)).code()).isEqualTo(RejectCode.WRONG_FIELD_COUNT);
  }

  @Test
  void aFieldMayHaveAsManyCharactersAsItsColumnAllowsAndNotOneMore() throws Exception {
    String fits = "ü".repeat(64);

    assertThat(
            ((Accepted) one("device_id,serial_number\n" + ID + "," + fits + "\n"))
                .value(Column.SERIAL_NUMBER))
        .isEqualTo(fits);
    assertThat(one("device_id,serial_number\n" + ID + "," + fits + "x\n"))
        .isEqualTo(
            new Rejected(
                2,
                ID,
                RejectCode.FIELD_TOO_LONG,
                "serial_number",
                fits + "x",
                "serial_number has 65 characters; at most 64 are allowed."));
    assertThat(((Rejected) one("device_id,note\n" + ID + "," + "x".repeat(1025) + "\n")).message())
        .isEqualTo("note has 1,025 characters; at most 1,024 are allowed.");
  }

  @ParameterizedTest
  @ValueSource(ints = {0x00, 0x07, 0x0B, 0x1B, 0x7F, 0x80, 0x9F})
  void controlCharactersAreRejectedAndNamed(int character) throws Exception {
    Rejected reject =
        (Rejected) one("device_id,building\n" + ID + ",a" + Character.toString(character) + "b\n");

    assertThat(reject.code()).isEqualTo(RejectCode.CONTROL_CHARACTER);
    assertThat(reject.column()).isEqualTo("building");
    assertThat(reject.message())
        .isEqualTo("building holds the control character U+%04X. Remove it.".formatted(character));
  }

  @Test
  void textBehindAClosingQuoteSpoilsItsRowOnly() throws Exception {
    List<Verdict> verdicts =
        files.verdicts("device_id,model\n" + ID + ",\"TH\"-200\n" + ID + ",TH\n");

    assertThat(((Rejected) verdicts.get(0)).code()).isEqualTo(RejectCode.MALFORMED_QUOTES);
    assertThat(verdicts.get(1)).isInstanceOf(Accepted.class);
  }

  @Test
  void linesAreThoseOfTheFileAlsoBehindLineBreaksInQuotesAndBlankLines() throws Exception {
    List<Verdict> verdicts =
        files.verdicts("device_id,note\n" + ID + ",\"a\nb\nc\"\n\n\r\n" + ID + ",d\nbad,e");

    assertThat(verdicts).extracting(Verdict::line).containsExactly(2L, 7L, 8L);
  }

  @Test
  void anAttributeIsEscapedForJson() throws Exception {
    assertThat(((Accepted) one("device_id,\"a\"\"b\"\n" + ID + ",\"x\"\"\\y\tz\"\n")).attributes())
        .isEqualTo("{\"a\\\"b\":\"x\\\"\\\\y\\tz\"}");
  }

  private Verdict one(String content) throws ManifestRefusedException {
    List<Verdict> verdicts = files.verdicts(content);
    assertThat(verdicts).hasSize(1);
    return verdicts.get(0);
  }
}
