package dev.muster.manifest;

import org.jspecify.annotations.Nullable;

/** What a manifest's row says in the column {@code action}; one that says nothing is as its run. */
enum RowAction {
  CREATE,
  UPDATE;

  static final String COLUMN = RevocationHeader.ACTION;

  /** The one of this name, whatever its case; null: none. */
  static @Nullable RowAction of(String word) {
    for (RowAction action : values()) {
      if (action.name().equalsIgnoreCase(word)) {
        return action;
      }
    }
    return null;
  }
}
