package dev.muster.manifest;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
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
    assertThat(device.attributes()).isEqualTo("{\"colour\": \"white\"}");
  }

  @Test
  void quotedFieldsMayHoldCommasQuotesAndLineBreaks() throws Exception {
    Accepted device =
        (Accepted)
            one("device_id,model,note\r\n" + ID + ",\"TH \"\"Pro\"\", 2\",\"two\r\nlines\"\r\n");

    assertThat(device.value(Column.MODEL)).isEqualTo("TH \"Pro\", 2");
    assertThat(device.attributes()).isEqualTo("{\"note\": \"two\\r\\nlines\"}");
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
        "{3f2504e04f8941d39a0c0305e82c3301}",
        "3f2504e04f8941d39a0c0305e82c330g",
        "3f2504e0-4f89-41d3-9a0c-0305e82c330",
        "3f2504e0-4f89-41d3-9a0c-0305e82c33011",
        "3f2504e0-4f89-41d3-9a0c-0305e82c330g",
        "{3f2504e0-4f89-41d3-9a0c-0305e82c3301",
        "(3f2504e0-4f89-41d3-9a0c-0305e82c3301)",
        "3f2504e0-4f89-41d3-9a0c_0305e82c3301",
        "urn:guid:3f2504e0-4f89-41d3-9a0c-0305e82c3301"
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

  @ParameterizedTest
  @ValueSource(
      strings = {
        "3f2504e0-4f89-41d3-9a0c-0305e82c3301",
        "3F2504E0-4F89-41D3-9A0C-0305E82C3301",
        "{3f2504e0-4f89-41d3-9a0c-0305e82c3301}",
        "3f2504e04f8941d39a0c0305e82c3301",
        "urn:uuid:3f2504e0-4f89-41d3-9a0c-0305e82c3301",
        "URN:UUID:3F2504E0-4f89-41d3-9a0c-0305e82c3301",
        "=\"3f2504e0-4f89-41d3-9a0c-0305e82c3301\"",
        " \t\u00A0\u200B\u200E\u200F\u00AD\uFEFF\u3000{3f2504e0-4f89-41d3-9a0c-0305e82c3301}"
            + "\t\u2028"
      })
  void aGuidIsTheSameDeviceHoweverItIsWritten(String id) throws Exception {
    Accepted device = (Accepted) one("model,device_id,room\nTH," + id + ",1\n");
    Accepted behind =
        (Accepted) one("gateway_id,device_id\n" + id + ",9d2a1e44-0000-4000-8000-000000000001\n");

    assertThat(device.deviceId()).hasToString(ID);
    assertThat(behind.guid(Column.GATEWAY_ID)).hasToString(ID);
    assertThat(id.startsWith("=") ? device.deviceId() : Guid.of(id)).hasToString(ID);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "01997f3a-5c00-7d3e-8a4b-1f6c2e9d0b57",
        "3f2504e0-4f89-41d3-c10c-0305e82c3301",
        "3f2504e0-4f89-01d3-9a0c-0305e82c3301"
      })
  void aGuidIsADevicesWhateverItsVersionAndVariant(String id) throws Exception {
    assertThat(((Accepted) one("device_id\n" + id + "\n")).deviceId()).hasToString(id);
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '"',
      value = {
        "3f2504e0\u20134f89-41d3-9a0c-0305e82c3301,character 9 is U+2013 EN DASH",
        "3f2504e0-4f89\u200B-41d3-9a0c-0305e82c3301,character 14 is U+200B ZERO WIDTH SPACE",
        "3f2504e0-4f89-41d3-9a0c-0305e82c330\uFF11,character 36 is U+FF11 FULLWIDTH DIGIT ONE",
        "'3f2504e0-4f89-41d3-9a0c-0305e82c3301,an apostrophe stands before it",
        "4.060810000004001e+31,has taken its digits for a number",
        "1.23457E+31,has taken its digits for a number",
        "3e150,has taken its digits for a number",
        "3.5,needs 32 hexadecimal digits"
      })
  void whatHasBecomeOfAGuidIsSaid(String id, String message) throws Exception {
    Rejected device = (Rejected) one("device_id\n" + id + "\n");
    Rejected behind = (Rejected) one("device_id,gateway_id\n" + ID + "," + id + "\n");

    assertThat(device.message()).contains(message);
    assertThat(behind.message()).contains(message);
  }

  @Test
  void whatIsAtTheEdgeOfATextIsNoPartOfItAndInsideItStays() throws Exception {
    Accepted device =
        (Accepted)
            one(
                "device_id,serial_number,model,building,note\n"
                    + ID
                    + ", \t\u00A0SN\u00A01 \u200B, \"T, H\" ,\u00A0 ,\"\u2003a\u200Bb\u2003\"\n");

    assertThat(device.value(Column.SERIAL_NUMBER)).isEqualTo("SN\u00A01");
    assertThat(device.value(Column.MODEL)).isEqualTo("T, H");
    assertThat(device.value(Column.BUILDING)).isNull();
    assertThat(device.attributes()).isEqualTo("{\"note\": \"a\u200Bb\"}");
  }

  @ParameterizedTest
  @ValueSource(strings = {"=\"00123\"", "\"=\"\"00123\"\"\"", " =\"00123\"\t"})
  void aTextThatWasKeptFromBeingANumberIsTheText(String serial) throws Exception {
    assertThat(
            ((Accepted) one("device_id,serial_number\n" + ID + "," + serial + "\n"))
                .value(Column.SERIAL_NUMBER))
        .isEqualTo("00123");
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
  @ValueSource(ints = {0x01, 0x07, 0x1A, 0x0B, 0x1B, 0x7F, 0x80, 0x9F})
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
        .isEqualTo("{\"a\\\"b\": \"x\\\"\\\\y\\tz\"}");
  }

  /**
   * As PostgreSQL writes them, see ProvisionManifestJobTests: so rows can be compared as they lie.
   */
  @Test
  void attributesAreInTheOrderOfJsonb() throws Exception {
    assertThat(
            ((Accepted) one("ccc,device_id,ä,bb,a\nc7," + ID + ",ä\\7,\"b\"\"7\",a\n"))
                .attributes())
        .isEqualTo("{\"a\": \"a\", \"bb\": \"b\\\"7\", \"ä\": \"ä\\\\7\", \"ccc\": \"c7\"}");
  }

  private Verdict one(String content) throws ManifestRefusedException {
    List<Verdict> verdicts = files.verdicts(content);
    assertThat(verdicts).hasSize(1);
    return verdicts.get(0);
  }
}
