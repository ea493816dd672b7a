package dev.muster.manifest;

import org.jspecify.annotations.Nullable;

/**
 * Sees to it that columns without a name hold nothing. Spreadsheets write such for columns that
 * were deleted.
 */
final class UnnamedColumns {

  private final ManifestHeader header;
  private final @Nullable RecordFields fields;

  UnnamedColumns(ManifestHeader header) {
    this.header = header;
    this.fields =
        header.columns().contains("")
            ? new RecordFields(header.columns().size(), header.separator().character())
            : null;
  }

  /**
   * @throws ManifestRefusedException when the record has something in one of them
   */
  void check(RecordCursor record) throws ManifestRefusedException {
    if (fields == null) {
      return;
    }
    fields.split(record);
    for (int i = 0; i < Math.min(fields.count(), header.columns().size()); i++) {
      if (header.columns().get(i).isEmpty() && !fields.empty(i)) {
        throw new ManifestRefusedException(
            RefusalCode.UNUSABLE_HEADER,
            "Column %d of the header has no name, but line %d has something in it. Name it or remove the column."
                .formatted(i + 1, record.line()));
      }
    }
  }
}
