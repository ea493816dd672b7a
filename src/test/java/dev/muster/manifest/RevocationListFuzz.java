package dev.muster.manifest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.manifest.PlainReader.Row;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Any list is refused in a sentence, or each row that a plain reader finds in it is an entry or
 * rejected, with its line, and an entry says what the plain reader sees.
 */
public final class RevocationListFuzz {

  private static final Instant FIRST = Instant.parse("-0001-12-31T00:00:00Z");
  private static final Instant LAST = Instant.parse("+10000-01-02T00:00:00Z");

  private RevocationListFuzz() {}

  /** Called by Jazzer, see docs/fuzz.sh, and by FuzzTests. */
  public static void fuzzerTestOneInput(byte[] data) {
    try {
      ReceivedFile file = ReceivedFile.of(data, ReceivedFile.formatFor(data).forLists());
      if (file != null) {
        compare(file, new RevocationHeader(file.received().header()));
      }
    } catch (ManifestRefusedException e) {
      assertThat(e.getMessage()).isNotBlank().hasSizeLessThanOrEqualTo(1000);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static void compare(ReceivedFile file, RevocationHeader header) throws IOException {
    ReceivedManifest received = file.received();
    List<RevocationVerdict> verdicts = read(received, received.data());
    assertThat(verdicts.stream().map(RevocationVerdict::line).toList())
        .isEqualTo(file.rows().stream().map(Row::line).toList());
    List<RevocationVerdict> inRanges = new ArrayList<>();
    for (ManifestRange range : received.split(3)) {
      inRanges.addAll(read(received, range));
    }
    assertThat(inRanges).isEqualTo(verdicts);
    for (int i = 0; i < verdicts.size(); i++) {
      List<String> fields = file.rows().get(i).fields();
      if (verdicts.get(i) instanceof RevocationEntry entry) {
        assertThat(fields).hasSameSizeAs(received.header().columns());
        String action = field(fields, header, RevocationHeader.ACTION).toLowerCase(Locale.ROOT);
        assertThat(entry.action()).isEqualTo(action.isEmpty() ? "revoke" : action);
        assertThat(entry.action()).isIn("revoke", "disable", "enable", "restore");
        assertThat(entry.reason()).isEqualTo(field(fields, header, RevocationHeader.REASON));
        assertThat(entry.effectiveAt() == null)
            .isEqualTo(field(fields, header, RevocationHeader.EFFECTIVE_AT).isEmpty());
        if (entry.effectiveAt() != null) {
          assertThat(entry.effectiveAt()).isBetween(FIRST, LAST);
        }
        assertThat(entry.behind())
            .isEqualTo(
                field(fields, header, RevocationHeader.DEVICES_BEHIND).equalsIgnoreCase("yes"));
      } else {
        assertThat(((Rejected) verdicts.get(i)).message()).hasSizeBetween(1, 1000);
      }
    }
  }

  private static String field(List<String> fields, RevocationHeader header, String column) {
    int index = header.indexOf(column);
    return index < 0 ? "" : fields.get(index).replaceAll("\u001A+$", "");
  }

  private static List<RevocationVerdict> read(ReceivedManifest received, ManifestRange range)
      throws IOException {
    List<RevocationVerdict> verdicts = new ArrayList<>();
    try (RevocationRowReader reader =
        new RevocationRowReader(ReceivedFile.files().spooled(), received.format(), range)) {
      for (RevocationVerdict row = reader.next(); row != null; row = reader.next()) {
        verdicts.add(row);
      }
    }
    return verdicts;
  }
}
