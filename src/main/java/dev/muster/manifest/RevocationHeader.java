package dev.muster.manifest;

import java.util.List;

/**
 * The columns of a revocation list: {@code device_id}, and {@code action}, {@code reason}, {@code
 * effective_at} and {@code devices_behind} where there are such.
 */
public final class RevocationHeader {

  static final String ACTION = "action";
  static final String REASON = "reason";
  static final String EFFECTIVE_AT = "effective_at";
  static final String DEVICES_BEHIND = "devices_behind";

  static final List<String> KNOWN =
      List.of(Column.DEVICE_ID.header(), ACTION, REASON, EFFECTIVE_AT, DEVICES_BEHIND);

  private final ManifestHeader header;

  /**
   * @throws ManifestRefusedException when there is a column that no list has: a misspelt {@code
   *     effective_at} that goes unnoticed would revoke at once
   */
  public RevocationHeader(ManifestHeader header) throws ManifestRefusedException {
    this.header = header;
    for (String column : header.columns()) {
      if (!column.isEmpty() && !KNOWN.contains(column) && !ColumnNames.REASONS.contains(column)) {
        throw new ManifestRefusedException(
            RefusalCode.UNUSABLE_HEADER,
            "A revocation list has no column '%s'. It has: %s. Rename or remove it."
                .formatted(ManifestHeader.shown(column), String.join(", ", KNOWN)));
      }
    }
  }

  ManifestHeader columns() {
    return header;
  }

  int indexOf(String column) {
    return header.columns().indexOf(column);
  }
}
