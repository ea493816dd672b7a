package dev.muster.manifest;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads a range of a received manifest and gives the verdict on each of its rows. A reader over
 * {@code (offset(), end, line())} continues where this one stands.
 */
public final class ManifestRowReader extends RangeReader {

  private final RowValidator validator;

  /**
   * @throws IOException when it can't be read
   */
  public ManifestRowReader(
      Path spooled, ManifestFormat format, Updates updates, ManifestRange range)
      throws IOException {
    this(SpooledFile.at(spooled), format, updates, range);
  }

  /** As above, of one that may lie elsewhere: no more than its header and the range is read. */
  public ManifestRowReader(
      SpooledFile spooled, ManifestFormat format, Updates updates, ManifestRange range)
      throws IOException {
    this(spooled, HeaderReader.of(spooled, format), format, updates, range);
  }

  private ManifestRowReader(
      SpooledFile spooled,
      ManifestHeader header,
      ManifestFormat format,
      Updates updates,
      ManifestRange range)
      throws IOException {
    super(spooled, header.separator(), range);
    this.validator = new RowValidator(header, format, updates);
  }

  /** The verdict on the next row; null at the end of the range. */
  public @Nullable Verdict next() throws IOException {
    RecordCursor record = nextRecord();
    return record == null ? null : validator.judge(record);
  }

  /** Sentences on what looks like a mistake in the rows that were accepted so far. */
  public List<String> warnings() {
    return validator.warnings();
  }
}
