package dev.muster.manifest;

/** What a record is before its fields are looked at. */
enum RowKind {
  DATA,
  /** All its fields are empty. */
  BLANK,
  /** Its first field begins with {@code #}. */
  TRAILER,
  /** It begins with Ctrl-Z, with which CP/M and DOS end a text. */
  END_MARK;

  static final byte CTRL_Z = 0x1A;

  /** Of the record that the cursor stands on. Nearly always its first byte says it. */
  static RowKind of(RecordCursor record) {
    int start = record.start();
    byte first = start < record.end() ? record.buffer()[start] : (byte) ' ';
    return first > ' ' && first != '#' && first != '"' && first != record.separator()
        ? DATA
        : looked(record);
  }

  private static RowKind looked(RecordCursor record) {
    byte[] text = record.buffer();
    boolean firstField = true;
    int at = record.start();
    while (at < record.end()) {
      byte b = text[at];
      int edge = b == record.separator() ? 0 : Edges.edge(text, at, record.end());
      if (b == record.separator()) {
        firstField = false;
        at++;
      } else if (b == '"') {
        at++;
      } else if (edge > 0) {
        at += edge;
      } else if (firstField && b == '#') {
        return TRAILER;
      } else {
        return firstField && b == CTRL_Z ? END_MARK : DATA;
      }
    }
    return record.quoted() && !allEmpty(record) ? DATA : BLANK;
  }

  /** A field of two quotes is empty, and one of four is a quote. */
  private static boolean allEmpty(RecordCursor record) {
    RecordFields fields = new RecordFields(1, record.separator());
    fields.split(record);
    for (int i = 0; i < fields.count(); i++) {
      if (!fields.empty(i)) {
        return false;
      }
    }
    return true;
  }
}
