package dev.muster.manifest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.manifest.PlainReader.Row;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Any file is refused in a sentence, or each row that a plain reader finds in it has one verdict,
 * with its line; what is accepted has the values that the plain reader sees, and what is rejected
 * can be sent again, and is rejected again.
 */
public final class ReceiverFuzz {

  private static final JsonMapper JSON = new JsonMapper();

  private static final Pattern OTHER_LINE_ENDS = Pattern.compile("[\r\u0085\u2028\u2029]");

  private ReceiverFuzz() {}

  /** Called by Jazzer, see docs/fuzz.sh, and by FuzzTests. */
  public static void fuzzerTestOneInput(byte[] data) {
    try {
      ManifestFormat format = ReceivedFile.formatFor(data);
      ReceivedFile file = ReceivedFile.of(data, format);
      if (file != null) {
        compare(file, format);
      }
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static void compare(ReceivedFile file, ManifestFormat format) throws IOException {
    ReceivedManifest received = file.received();
    ManifestFiles files = ReceivedFile.files();
    List<Verdict> verdicts = files.read(received, received.data());
    assertThat(verdicts.stream().map(Verdict::line).toList())
        .isEqualTo(file.rows().stream().map(Row::line).toList());
    List<Verdict> inRanges = new ArrayList<>();
    for (ManifestRange range : received.split(3)) {
      inRanges.addAll(files.read(received, range));
    }
    assertThat(ManifestFiles.said(inRanges)).isEqualTo(ManifestFiles.said(verdicts));
    for (int i = 0; i < verdicts.size(); i++) {
      if (verdicts.get(i) instanceof Accepted device) {
        compare(device, received.header(), file.rows().get(i).fields());
      }
    }
    sendAgain(received, verdicts, format);
  }

  private static void compare(Accepted device, ManifestHeader header, List<String> fields) {
    JsonNode attributes = JSON.readTree(device.attributes() == null ? "{}" : device.attributes());
    assertThat(fields).hasSameSizeAs(header.columns());
    for (int i = 0; i < fields.size(); i++) {
      String name = header.columns().get(i);
      // Ctrl-Z at the very end is no part of the last field.
      String field = fields.get(i).replaceAll("\u001A+$", "");
      Column column = Column.of(name);
      if (column == Column.DEVICE_ID) {
        assertThat(digits(field)).isEqualTo(digits(device.deviceId().toString()));
      } else if (column != null) {
        String value = device.value(column);
        assertThat(value == null ? "" : value).isEqualTo(field);
      } else if (header.attributes().contains(name)) {
        assertThat(attributes.path(name).asString("")).isEqualTo(field);
      }
    }
  }

  private static String digits(String guid) {
    return guid.toLowerCase(Locale.ROOT).replaceFirst("^urn:uuid:", "").replaceAll("[{}-]", "");
  }

  private static void sendAgain(
      ReceivedManifest received, List<Verdict> verdicts, ManifestFormat format) throws IOException {
    List<Rejected> rejects =
        verdicts.stream().filter(Rejected.class::isInstance).map(Rejected.class::cast).toList();
    Path left = ReceivedFile.files().spooled().resolveSibling("rejected-rows.csv");
    try (RejectedRows rows = new RejectedRows(ReceivedFile.files().spooled(), format, left)) {
      for (Rejected reject : rejects) {
        assertThat(reject.message()).isNotBlank().hasSizeLessThanOrEqualTo(1000);
        rows.add(reject.line(), reject.code().name(), reject.message());
      }
    }
    String content = Files.readString(ReceivedFile.files().spooled());
    List<String> columns = received.header().columns();
    boolean mendedFirst = // what is sent again has to be mended before it can be read the same way
        rejects.isEmpty()
            || columns.contains("")
            || columns.stream().anyMatch(ColumnNames.REASONS::contains)
            || content.toLowerCase(Locale.ROOT).contains("sep=")
            || content.indexOf(RowKind.CTRL_Z) >= 0
            || OTHER_LINE_ENDS.matcher(content.replaceAll("\\r+\n", "\n")).find();
    if (mendedFirst) {
      return;
    }
    ReceivedFile again = ReceivedFile.of(Files.readAllBytes(left), format);
    if (again == null) {
      throw new AssertionError("rejected-rows.csv is refused");
    }
    assertThat(
            ReceivedFile.files().read(again.received(), again.received().data()).stream()
                .map(verdict -> ((Rejected) verdict).code())
                .toList())
        .isEqualTo(rejects.stream().map(Rejected::code).toList());
  }
}
