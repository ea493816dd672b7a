package dev.muster.manifest;

import java.io.IOException;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Reads a range of a received revocation list and gives the verdict on each of its rows. The first
 * fault counts, as in {@link RowValidator}. A reader over {@code (offset(), end, line())} continues
 * where this one stands.
 */
public final class RevocationRowReader extends RangeReader {

  private static final String REVOKE = "revoke";
  private static final List<String> ACTIONS = List.of(REVOKE, "disable", "enable", "restore");
  private static final int MAX_REASON = 1024;

  private final RecordFields fields;
  private final RowFaults faults;
  private final int action;
  private final int reason;
  private final int effectiveAt;
  private final int behind;

  /**
   * @throws IOException when it can't be read
   */
  public RevocationRowReader(Path spooled, ManifestFormat format, ManifestRange range)
      throws IOException {
    this(SpooledFile.at(spooled), headerOf(spooled, format), range);
  }

  private RevocationRowReader(SpooledFile spooled, RevocationHeader header, ManifestRange range)
      throws IOException {
    super(spooled, header.columns().separator(), range);
    this.fields =
        new RecordFields(
            header.columns().columns().size(), header.columns().separator().character());
    this.faults = new RowFaults(header.columns(), fields);
    this.action = header.indexOf(RevocationHeader.ACTION);
    this.reason = header.indexOf(RevocationHeader.REASON);
    this.effectiveAt = header.indexOf(RevocationHeader.EFFECTIVE_AT);
    this.behind = header.indexOf(RevocationHeader.DEVICES_BEHIND);
  }

  private static RevocationHeader headerOf(Path spooled, ManifestFormat format) throws IOException {
    try {
      return new RevocationHeader(HeaderReader.of(SpooledFile.at(spooled), format));
    } catch (ManifestRefusedException e) {
      throw new IOException("The spooled list was changed after it was received.", e);
    }
  }

  /** The verdict on the next row; null at the end of the range. */
  public @Nullable RevocationVerdict next() throws IOException {
    RecordCursor record = nextRecord();
    return record == null ? null : judge(record);
  }

  private RevocationVerdict judge(RecordCursor record) {
    Rejected fault = faults.in(record);
    return fault == null ? judgeFields(record.line()) : fault;
  }

  private RevocationVerdict judgeFields(long line) {
    String what = value(action).toLowerCase(Locale.ROOT);
    if (!what.isEmpty() && !ACTIONS.contains(what)) {
      return faults.inField(
          line,
          action,
          RejectCode.UNKNOWN_ACTION,
          "The action must be one of %s; empty means revoke."
              .formatted(String.join(", ", ACTIONS)));
    }
    Rejected longReason = reason < 0 ? null : faults.inText(line, reason, MAX_REASON);
    if (longReason != null) {
      return longReason;
    }
    Instant when = null;
    if (!value(effectiveAt).isEmpty()) {
      try {
        OffsetDateTime given = OffsetDateTime.parse(value(effectiveAt));
        if (given.getYear() < 0 || given.getYear() > 9999) {
          throw new DateTimeException("RFC 3339 has years of four digits.");
        }
        when = given.toInstant();
      } catch (DateTimeException e) {
        return faults.inField(
            line,
            effectiveAt,
            RejectCode.MALFORMED_TIME,
            "This is no time as RFC 3339 has it, such as 2027-01-31T22:00:00Z; empty means now.");
      }
    }
    String with = value(behind).toLowerCase(Locale.ROOT);
    if (!with.isEmpty() && !with.equals("yes") && !with.equals("no")) {
      return faults.inField(
          line,
          behind,
          RejectCode.UNKNOWN_ACTION,
          "Say yes when it goes for the devices behind this gateway too; no or nothing otherwise.");
    }
    return new RevocationEntry(
        line,
        faults.guid().high(),
        faults.guid().low(),
        what.isEmpty() ? REVOKE : what,
        value(reason),
        when,
        with.equals("yes"));
  }

  private String value(int field) {
    return field < 0 || fields.empty(field) ? "" : fields.value(field);
  }
}
