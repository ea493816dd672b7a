package dev.muster.manifest;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

/**
 * The columns of a manifest.
 *
 * @param columns their names in file order, as {@link ColumnNames} writes them; empty for a column
 *     without a name, in which no row has anything
 * @param separator what stands between them, and between the fields of every row
 */
public record ManifestHeader(List<String> columns, Separator separator, List<String> asSent) {

  public enum Use {
    KNOWN,
    ATTRIBUTE,
    PASSED_OVER
  }

  /** A column as it was understood. */
  public record Understood(String asSent, String column, Use use) {}

  private static final int SHOWN = 40;
  private static final int NAMED = 12;

  public ManifestHeader {
    columns = List.copyOf(columns);
    asSent = List.copyOf(asSent);
  }

  /** The columns, in file order, as they were understood. */
  public List<Understood> understood() {
    return IntStream.range(0, columns.size())
        .mapToObj(
            i -> {
              Use use = known(columns.get(i)) ? Use.KNOWN : Use.ATTRIBUTE;
              return new Understood(
                  asSent.get(i), columns.get(i), passedOver(i) ? Use.PASSED_OVER : use);
            })
        .toList();
  }

  /** Which field of a row a known column is; -1 when the manifest does not have it. */
  public int indexOf(Column column) {
    return columns.indexOf(column.header());
  }

  private static boolean known(String column) {
    return Column.known(column) || column.equals(RowAction.COLUMN);
  }

  /** Which field of a row says what is to be done with it; -1: none. */
  int indexOfAction() {
    return columns.indexOf(RowAction.COLUMN);
  }

  /** The columns that Muster does not know, and keeps as attributes of the devices. */
  public List<String> attributes() {
    return attributes(columns);
  }

  /** Those of these columns that Muster does not know, and keeps as attributes of the devices. */
  public static List<String> attributes(List<String> columns) {
    return columns.stream()
        .filter(name -> !name.isEmpty() && !known(name) && !ColumnNames.REASONS.contains(name))
        .toList();
  }

  /** Whether nothing is made of what stands in a column. */
  boolean passedOver(int column) {
    return columns.get(column).isEmpty() || ColumnNames.REASONS.contains(columns.get(column));
  }

  /** What looks like a mistake in the names of the columns that are kept as attributes. */
  List<String> doubts() {
    List<String> looksLike = new ArrayList<>();
    for (String name : attributes()) {
      String meant = ColumnNames.meant(name);
      if (meant != null && !columns.contains(meant) && looksLike.size() < NAMED) {
        looksLike.add("'%s' looks like %s".formatted(shown(name), meant));
      }
    }
    return looksLike.isEmpty()
        ? List.of()
        : List.of(
            "Columns that Muster does not know are kept as attributes, but %s. Rename them if that is what they are."
                .formatted(String.join(", ", looksLike)));
  }

  /** The fields of a record as names of columns, by what these are called here. */
  static List<String> names(RecordFields fields, UnaryOperator<String> called) {
    List<String> columns = new ArrayList<>();
    for (int i = 0; i < fields.count(); i++) {
      columns.add(called.apply(fields.value(i)));
    }
    return columns;
  }

  /**
   * The header of these columns, one of which is the device's id.
   *
   * @throws ManifestRefusedException when no manifest can have it
   */
  static ManifestHeader of(List<String> columns, Separator separator, RecordFields fields)
      throws ManifestRefusedException {
    if (columns.size() >= RecordFields.MAX_FIELDS) { // what stands behind is not seen
      throw unusable(
          "The header has %,d columns or more, most of them without a name. Remove those."
              .formatted(RecordFields.MAX_FIELDS));
    }
    long named =
        columns.stream()
            .filter(name -> !name.isEmpty() && !ColumnNames.REASONS.contains(name))
            .count();
    if (named > Column.MAX_COLUMNS) {
      throw unusable(
          "The header has %,d columns; at most %d are allowed."
              .formatted(named, Column.MAX_COLUMNS));
    }
    Set<String> seen = new HashSet<>();
    for (int i = 0; i < columns.size(); i++) {
      String name = columns.get(i);
      check(name, i + 1);
      if (!name.isEmpty() && !seen.add(name)) {
        throw new ManifestRefusedException(
            RefusalCode.DUPLICATE_COLUMN,
            "The header has the column '%s' twice (column %d and column %d). Remove or rename one."
                .formatted(shown(name), columns.indexOf(name) + 1, i + 1));
      }
    }
    return new ManifestHeader(
        columns,
        separator,
        IntStream.range(0, columns.size()).mapToObj(i -> shown(fields.value(i))).toList());
  }

  private static void check(String name, int number) throws ManifestRefusedException {
    int length = name.codePointCount(0, name.length());
    if (length > Column.MAX_NAME_LENGTH) {
      throw unusable(
          "Column %d of the header has a name of %,d characters; at most %d are allowed."
              .formatted(number, length, Column.MAX_NAME_LENGTH));
    }
    int control = name.codePoints().filter(Character::isISOControl).findFirst().orElse(-1);
    if (control >= 0) {
      throw unusable(
          "The name of column %d of the header holds the control character %s."
              .formatted(number, Edges.named(control)));
    }
    String spoilt = ColumnNames.spoilt(name);
    if (spoilt != null && !spoilt.equals(name)) {
      int place = 0;
      while (name.codePointAt(place) < 0x7F) {
        place++;
      }
      throw unusable(
          "The name of column %d of the header would be '%s', but its character %d is %s. Remove it, or write the name as it is here."
              .formatted(number, spoilt, place + 1, Edges.named(name.codePointAt(place))));
    }
  }

  private static ManifestRefusedException unusable(String sentence) {
    return new ManifestRefusedException(RefusalCode.UNUSABLE_HEADER, sentence);
  }

  static String shown(String name) {
    return name.codePointCount(0, name.length()) <= SHOWN
        ? name
        : name.substring(0, name.offsetByCodePoints(0, SHOWN - 1)) + "…";
  }
}
