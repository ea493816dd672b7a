package dev.muster.manifest;

import com.opencsv.RFC4180Parser;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The columns of a manifest.
 *
 * @param columns their names in file order: lower case, with {@code _} where the file has a hyphen
 *     or a space
 */
public record ManifestHeader(List<String> columns) {

  private static final Pattern SEPARATORS = Pattern.compile("[-_ ]+");

  private static final int TELLING_LETTERS = 4;
  private static final int SLIPS = 2;

  public ManifestHeader {
    columns = List.copyOf(columns);
  }

  /** Which field of a row a known column is; -1 when the manifest does not have it. */
  public int indexOf(Column column) {
    return columns.indexOf(column.header());
  }

  /**
   * Reads the header's record.
   *
   * @throws ManifestRefusedException when no manifest can have this header
   */
  static ManifestHeader parse(String record) throws ManifestRefusedException {
    List<String> columns = new ArrayList<>();
    Set<String> seen = new HashSet<>();
    String[] fields = fields(record);
    for (int i = 0; i < fields.length; i++) {
      String name = SEPARATORS.matcher(fields[i].strip().toLowerCase(Locale.ROOT)).replaceAll("_");
      check(name, i + 1);
      if (!seen.add(name)) {
        throw new ManifestRefusedException(
            RefusalCode.DUPLICATE_COLUMN,
            "Column %d and column %d of the header have the same name%s. Remove or rename one."
                .formatted(
                    columns.indexOf(name) + 1, i + 1, looksKnown(name) ? ", '" + name + "'" : ""));
      }
      columns.add(name);
    }
    if (!seen.contains(Column.DEVICE_ID.header())) {
      throw new ManifestRefusedException(
          RefusalCode.NO_DEVICE_ID_COLUMN,
          "The header has no column 'device_id'. It has %s.".formatted(described(columns)));
    }
    if (columns.size() > Column.MAX_COLUMNS) {
      throw new ManifestRefusedException(
          RefusalCode.UNUSABLE_HEADER,
          "The header has %d columns; at most %d are allowed."
              .formatted(columns.size(), Column.MAX_COLUMNS));
    }
    return new ManifestHeader(columns);
  }

  /**
   * What a refusal may quote of a header: names that are, or look like, ones that Muster knows. The
   * first line of a file that is no manifest may be somebody's secret.
   */
  private static String described(List<String> columns) {
    List<String> known = columns.stream().filter(ManifestHeader::looksKnown).toList();
    return (columns.size() == 1 ? "one column" : columns.size() + " columns")
        + (known.isEmpty() ? "" : ", among them " + String.join(", ", known));
  }

  /** Whether a name is a known column's, or begins like one and is hardly longer. */
  static boolean looksKnown(String name) {
    return Stream.concat(
            Stream.of(Column.values()).map(Column::header), RevocationHeader.KNOWN.stream())
        .anyMatch(
            known ->
                name.startsWith(known.substring(0, TELLING_LETTERS))
                    && name.length() <= known.length() + SLIPS);
  }

  private static String[] fields(String record) throws ManifestRefusedException {
    try {
      String[] fields = new RFC4180Parser().parseLine(record);
      for (String field : fields) {
        if (Guid.isGuid(field.strip())) {
          throw new ManifestRefusedException(
              RefusalCode.NO_HEADER,
              "The first line looks like data, not like a header. Begin the file with a line of"
                  + " column names, one of them device_id.");
        }
      }
      return fields;
    } catch (IOException e) {
      throw new ManifestRefusedException(
          RefusalCode.UNUSABLE_HEADER, "The header's quotes don't match. Mend the first line.");
    }
  }

  private static void check(String name, int number) throws ManifestRefusedException {
    String fault = null;
    if (name.isEmpty()) {
      fault =
          "Column %d of the header has no name. Name it or remove the column.".formatted(number);
    } else if (name.codePointCount(0, name.length()) > Column.MAX_NAME_LENGTH) {
      fault =
          "Column %d of the header has a name of %d characters; at most %d are allowed."
              .formatted(number, name.codePointCount(0, name.length()), Column.MAX_NAME_LENGTH);
    } else if (name.codePoints().anyMatch(Character::isISOControl)) {
      fault = "The name of column %d of the header holds a control character.".formatted(number);
    }
    if (fault != null) {
      throw new ManifestRefusedException(RefusalCode.UNUSABLE_HEADER, fault);
    }
  }
}
