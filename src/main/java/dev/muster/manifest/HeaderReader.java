package dev.muster.manifest;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.StringJoiner;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Finds the header: the first record that is not blank, or the one behind {@code sep=…}. The
 * separator is the one under which it has a column {@code device_id}.
 */
final class HeaderReader {

  /** How many records are looked at for a header that stands too far down. */
  private static final int FURTHER_RECORDS = 20;

  private static final int MOST_DOUBTS = 5;

  private final RecordCursor cursor;
  private final @Nullable Separator agreed;
  private final UnaryOperator<String> called;
  private long blank;

  HeaderReader(RecordCursor cursor, ManifestFormat format) {
    this.cursor = cursor;
    this.agreed = format.separator();
    this.called = format.columns();
  }

  static ManifestHeader of(SpooledFile spooled, ManifestFormat format) throws IOException {
    try (InputStream file = spooled.from(0)) {
      return new HeaderReader(
              new RecordCursor(file::read, 0, 1, ReceiveLimits.MAX_LINE_BYTES), format)
          .read();
    } catch (ManifestRefusedException e) {
      throw new IOException("The spooled file was changed after it was received.", e);
    }
  }

  /**
   * Reads the header; the cursor then stands on it, and separates as it does.
   *
   * @throws ManifestRefusedException when there is none, or no manifest can have it
   */
  ManifestHeader read() throws IOException, ManifestRefusedException {
    toNextRecord();
    Separator said = said();
    if (said != null) {
      toNextRecord();
    }
    said = said == null ? agreed : said;
    List<Separator> candidates = said == null ? List.of(Separator.values()) : List.of(said);
    ManifestRefusedException firstFault = null;
    for (Separator candidate : candidates) {
      try {
        ManifestHeader header = under(candidate);
        if (header != null) {
          return header;
        }
      } catch (ManifestRefusedException e) {
        firstFault = firstFault == null ? e : firstFault;
      }
    }
    throw firstFault == null ? without(candidates) : firstFault;
  }

  long blank() {
    return blank;
  }

  private void toNextRecord() throws IOException, ManifestRefusedException {
    do {
      if (!cursor.next()) {
        throw new ManifestRefusedException(
            RefusalCode.NO_HEADER,
            "The file %s. Begin it with a line of column names, one of them device_id."
                .formatted(cursor.offset() == 0 ? "is empty" : "has nothing but empty lines"));
      }
      blank++;
    } while (blankUnderAny());
    blank--;
  }

  private boolean blankUnderAny() {
    byte[] text = cursor.buffer();
    for (int at = cursor.start(); at < cursor.end(); ) {
      int edge = Edges.edge(text, at, cursor.end());
      if (edge == 0 && text[at] != '"' && Separator.of(text[at]) == null) {
        return false;
      }
      at += Math.max(edge, 1);
    }
    return true;
  }

  /** What {@code sep=;} says, which spreadsheets take as the first line. */
  private @Nullable Separator said() throws ManifestRefusedException {
    int start = Edges.start(cursor.buffer(), cursor.start(), cursor.end());
    String line = RecordFields.shown(cursor.buffer(), start, cursor.end(), 20);
    String bare = line.startsWith("\"") ? line.substring(1) : line;
    if (!bare.toLowerCase(Locale.ROOT).startsWith("sep=")) {
      return null;
    }
    Separator said = bare.length() > 4 ? Separator.of(bare.charAt(4)) : null;
    if (said == null) {
      throw new ManifestRefusedException(
          RefusalCode.UNUSABLE_HEADER,
          "Line %d says which character separates fields, but that is none of comma, semicolon, tab and bar."
              .formatted(cursor.line()));
    }
    return said;
  }

  private @Nullable ManifestHeader under(Separator separator)
      throws IOException, ManifestRefusedException {
    cursor.separateBy(separator);
    cursor.back();
    boolean unused = cursor.next();
    RecordFields fields = fields(separator);
    List<String> names = ManifestHeader.names(fields, called);
    if (!names.contains(Column.DEVICE_ID.header())) {
      return null;
    }
    ManifestRefusedException lineEnds =
        LineEnds.refusal(cursor.buffer(), cursor.start(), cursor.end(), cursor.line());
    if (lineEnds != null) {
      throw lineEnds;
    }
    if (cursor.malformed()) {
      throw new ManifestRefusedException(
          RefusalCode.UNUSABLE_HEADER, "The header's quotes don't match. Mend the first line.");
    }
    return ManifestHeader.of(names, separator, fields);
  }

  private RecordFields fields(Separator separator) {
    RecordFields fields = new RecordFields(Column.values().length, separator.character());
    fields.split(cursor);
    return fields;
  }

  private ManifestRefusedException without(List<Separator> candidates)
      throws IOException, ManifestRefusedException {
    long firstLine = cursor.line();
    ManifestRefusedException lineEnds =
        LineEnds.refusal(cursor.buffer(), cursor.start(), cursor.end(), firstLine);
    List<String> doubts = new ArrayList<>();
    int most = 0;
    for (Separator candidate : candidates) {
      RecordFields fields = fields(candidate);
      most = Math.max(most, fields.count());
      for (int i = 0; i < fields.count(); i++) {
        String name = fields.value(i);
        if (Guid.of(name) != null) {
          return lineEnds != null
              ? lineEnds
              : new ManifestRefusedException(
                  RefusalCode.NO_HEADER,
                  "The first line looks like data, not like a header. Begin the file with a line of"
                      + " column names, one of them device_id.");
        }
        String normalised = ColumnNames.normalised(name);
        String spoilt = ColumnNames.spoilt(name);
        if (Column.DEVICE_ID.header().equals(spoilt)) {
          int character = name.codePoints().filter(c -> c >= 0x7F).findFirst().orElse(' ');
          return new ManifestRefusedException(
              RefusalCode.NO_DEVICE_ID_COLUMN,
              "The header has no column 'device_id': column %d would be it, but holds %s. Remove that, or write the name anew."
                  .formatted(i + 1, Edges.named(character)));
        }
        String meant = ColumnNames.meant(normalised);
        boolean known = Column.known(normalised);
        if ((known || meant != null) && doubts.size() < MOST_DOUBTS && fields.count() == most) {
          doubts.add(
              known
                  ? normalised
                  : "'%s', which looks like %s".formatted(ManifestHeader.shown(name), meant));
        }
      }
    }
    if (lineEnds != null) {
      return lineEnds;
    }
    long headerLine = furtherDown(candidates);
    if (headerLine > 0) {
      return new ManifestRefusedException(
          RefusalCode.NO_HEADER,
          "The columns' names must stand in the first line, but they stand in line %d. Remove what stands above them."
              .formatted(headerLine));
    }
    StringJoiner has = new StringJoiner(", ", ", among them ", "").setEmptyValue("");
    doubts.stream().distinct().forEach(has::add);
    return new ManifestRefusedException(
        RefusalCode.NO_DEVICE_ID_COLUMN,
        "The header has no column 'device_id'. It has %s%s. Fields are separated by %s."
            .formatted(
                most == 1 ? "one column" : "%,d columns".formatted(most),
                has,
                candidates.size() == 1
                    ? "a " + candidates.get(0).name().toLowerCase(Locale.ROOT)
                    : "comma, semicolon, tab or bar"));
  }

  private long furtherDown(List<Separator> candidates) throws IOException {
    try {
      cursor.separateBy(candidates.get(0));
      for (int i = 0; i < FURTHER_RECORDS && cursor.next(); i++) {
        for (Separator candidate : candidates) {
          if (ManifestHeader.names(fields(candidate), called).contains(Column.DEVICE_ID.header())) {
            return cursor.line();
          }
        }
      }
    } catch (ManifestRefusedException e) {
      return 0; // what is said of the first line is more to the point
    }
    return 0;
  }
}
