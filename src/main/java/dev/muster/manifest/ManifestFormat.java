package dev.muster.manifest;

import com.google.re2j.Pattern;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * How a factory's files differ from what Muster takes from everybody. Columns are named as Muster
 * names them, but for the keys of {@code names}.
 *
 * @param separator what stands between fields; null: it is found out
 * @param encoding of files without a byte order mark; null: UTF-8
 * @param names what its columns are, by what it calls them
 * @param defaults the values of columns that it does not send
 * @param required columns that must be there, with a value in each row
 * @param allowed the values that a column may have
 * @param patterns the regular expressions that the whole of a column's values must match, in RE2's
 *     syntax
 * @param trailer whether its files must end in {@code # rows=N}
 */
public record ManifestFormat(
    @Nullable Separator separator,
    @Nullable Encoding encoding,
    Map<String, String> names,
    Map<String, String> defaults,
    List<String> required,
    Map<String, List<String>> allowed,
    Map<String, String> patterns,
    boolean trailer) {

  /** What a text without a byte order mark can be. */
  public enum Encoding {
    UTF_8,
    WINDOWS_1252
  }

  /** So much of a file's end is enough for {@link #isWhole}. */
  public static final int TAIL_BYTES = Trailer.TAIL_BYTES;

  /** A factory's that sends what everybody may. */
  public static final ManifestFormat NONE =
      new ManifestFormat(null, null, Map.of(), Map.of(), List.of(), Map.of(), Map.of(), false);

  private static final JsonMapper JSON =
      JsonMapper.builder().disable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES).build();
  private static final int MOST_VALUES = 1000;

  /**
   * Takes any patterns: those of one that was agreed with an earlier Muster can be others than
   * {@link #agreed()} takes.
   *
   * @throws IllegalArgumentException when it can't be one; says why
   */
  public ManifestFormat {
    names = named(names == null ? Map.of() : names);
    defaults = byColumn(defaults == null ? Map.of() : defaults);
    required =
        required == null
            ? List.of()
            : required.stream().map(ManifestFormat::column).distinct().toList();
    allowed = byColumn(allowed == null ? Map.of() : allowed);
    patterns = byColumn(patterns == null ? Map.of() : patterns);
    allowed.forEach(ManifestFormat::checkAllowed);
    patterns.keySet().forEach(ManifestFormat::mayBeRuled);
    for (Map.Entry<String, String> value : defaults.entrySet()) {
      checkDefault(value.getKey(), value.getValue(), allowed);
    }
  }

  /**
   * Itself, when it can be agreed with a factory.
   *
   * @throws IllegalArgumentException when a pattern is none, or a default does not match it, or an
   *     allowed value or a pattern is none that a value in a file can be or match; says why
   */
  public ManifestFormat agreed() {
    allowed.forEach(
        (column, values) -> {
          if (!values.stream().allMatch(ManifestFormat::canBeInAFile)) {
            throw new IllegalArgumentException(
                "The values that %s may have must have no control characters and no white space at their edges: no value in a file has."
                    .formatted(column));
          }
        });
    patterns.forEach(
        (column, pattern) -> {
          if (!canBeInAFile(pattern)) {
            throw new IllegalArgumentException(
                "The pattern of %s must have no control characters and no white space at its edges: no value in a file has."
                    .formatted(column));
          }
        });
    for (String column : patterns.keySet()) {
      Pattern pattern = pattern(column);
      String value = defaults.get(column);
      if (value != null) {
        mustFit(value, fault(column, value, null, pattern));
      }
    }
    return this;
  }

  /** What the values of a column must match; null: anything. */
  @Nullable Pattern pattern(String column) {
    String pattern = patterns.get(column);
    return pattern == null ? null : ColumnPattern.compile(column, pattern);
  }

  /** Reads what {@link #json()} made; null makes {@link #NONE}. */
  public static ManifestFormat parse(@Nullable String json) {
    return json == null ? NONE : JSON.readValue(json, ManifestFormat.class);
  }

  /** Itself as JSON; null when it is {@link #NONE}. */
  public @Nullable String json() {
    return equals(NONE) ? null : JSON.writeValueAsString(this);
  }

  /** What of it holds for revocation lists too, which have columns of their own. */
  public ManifestFormat forLists() {
    return new ManifestFormat(
        separator, encoding, names, Map.of(), List.of(), Map.of(), Map.of(), trailer);
  }

  /**
   * Whether a file that ends so is there to its end, which only a trailer that must be there tells.
   *
   * @param tail its last bytes as they are sent, at most {@link #TAIL_BYTES}; of a packed file they
   *     tell nothing
   */
  public boolean isWhole(byte[] tail) {
    return trailer && Trailer.ends(tail);
  }

  /** For a copy that is UTF-8 already. */
  public ManifestFormat received() {
    return new ManifestFormat(
        separator, null, names, defaults, required, allowed, patterns, trailer);
  }

  UnaryOperator<String> columns() {
    Map<String, String> own = new LinkedHashMap<>();
    names.forEach((name, column) -> own.put(ColumnNames.compared(name), column));
    return name -> {
      String column = own.get(ColumnNames.compared(name));
      return column == null ? ColumnNames.normalised(name) : column;
    };
  }

  /**
   * Checks what it asks of a header.
   *
   * @throws ManifestRefusedException when a column is missing, or it can't be used any more
   */
  void check(ManifestHeader header) throws ManifestRefusedException {
    List<String> missing =
        required.stream()
            .filter(column -> !header.columns().contains(column) && !defaults.containsKey(column))
            .toList();
    if (!missing.isEmpty()) {
      throw new ManifestRefusedException(
          RefusalCode.MISSING_COLUMN,
          "The header has no column %s, which the format that was agreed with this factory requires. Add it, or have the format changed."
              .formatted(quoted(missing)));
    }
    try {
      agreed();
    } catch (IllegalArgumentException e) {
      throw new ManifestRefusedException(
          RefusalCode.UNUSABLE_FORMAT,
          "The format that was agreed with this factory can't be used any more: %s Have it changed, then send the file again."
              .formatted(e.getMessage()));
    }
  }

  /** Why the value of a column is none that it may have, as a sentence; null: it may. */
  static @Nullable String fault(
      String column, String value, @Nullable List<String> values, @Nullable Pattern pattern) {
    if (values != null && !values.contains(value)) {
      return "%s may be %s.".formatted(column, quoted(values));
    }
    if (pattern != null && !pattern.matcher(value).matches()) {
      return "%s must match the pattern %s.".formatted(column, pattern);
    }
    return null;
  }

  private static Map<String, String> named(Map<String, String> names) {
    Map<String, String> named = new LinkedHashMap<>();
    names.forEach(
        (name, column) -> {
          String bare = Edges.strip(name);
          if (bare.isEmpty() || bare.codePointCount(0, bare.length()) > Column.MAX_NAME_LENGTH) {
            throw new IllegalArgumentException(
                "A column's name has 1 to %d characters: '%s' has not."
                    .formatted(Column.MAX_NAME_LENGTH, ManifestHeader.shown(bare)));
          }
          named.put(bare, column(column));
        });
    return named;
  }

  private static <T> Map<String, T> byColumn(Map<String, T> values) {
    Map<String, T> byColumn = new LinkedHashMap<>();
    values.forEach((column, value) -> byColumn.put(column(column), value));
    return byColumn;
  }

  private static String column(String name) {
    String column = ColumnNames.normalised(Edges.strip(name));
    if (column.isEmpty()
        || column.codePointCount(0, column.length()) > Column.MAX_NAME_LENGTH
        || column.codePoints().anyMatch(Character::isISOControl)) {
      throw new IllegalArgumentException(
          "'%s' can't be a column's name: it has 1 to %d characters, none of them control characters."
              .formatted(ManifestHeader.shown(column), Column.MAX_NAME_LENGTH));
    }
    return column;
  }

  private static void checkAllowed(String column, List<String> values) {
    mayBeRuled(column);
    if (values.isEmpty() || values.size() > MOST_VALUES || values.contains("")) {
      throw new IllegalArgumentException(
          "Say which values %s may have: 1 to %,d, none of them empty."
              .formatted(column, MOST_VALUES));
    }
  }

  private static void mayBeRuled(String column) {
    if (column.equals(Column.DEVICE_ID.header())) {
      throw new IllegalArgumentException(
          "device_id is a GUID, its own in each row: it can have no default, no allowed values and"
              + " no pattern.");
    }
    if (column.equals(RowAction.COLUMN)) {
      throw new IllegalArgumentException(
          "action says what is to be done with a row: it can have no default, no allowed values and"
              + " no pattern.");
    }
  }

  private static void checkDefault(String column, String value, Map<String, List<String>> allowed) {
    mayBeRuled(column);
    Column known = Column.of(column);
    int most = known == null ? Column.MAX_ATTRIBUTE_LENGTH : known.maxLength();
    if (!canBeInAFile(value) || value.isEmpty() || value.codePointCount(0, value.length()) > most) {
      throw new IllegalArgumentException(
          "The default of %s must have 1 to %,d characters, none of them control characters, and no white space at its edges."
              .formatted(column, most));
    }
    if (column.equals(Column.GATEWAY_ID.header())) {
      UUID gateway = Guid.of(value);
      if (gateway == null) {
        throw new IllegalArgumentException("The default of gateway_id must be a GUID.");
      }
      if (Guid.reserved(gateway)) {
        throw new IllegalArgumentException(
            "The default of gateway_id must be the GUID of a device: the nil and the max GUID are"
                + " nobody's.");
      }
    }
    mustFit(value, fault(column, value, allowed.get(column), null));
  }

  private static boolean canBeInAFile(String value) {
    return value.equals(Edges.strip(value))
        && value.codePoints().noneMatch(Character::isISOControl);
  }

  private static void mustFit(String value, @Nullable String fault) {
    if (fault != null) {
      throw new IllegalArgumentException("The default '%s' can't be: %s".formatted(value, fault));
    }
  }

  private static String quoted(List<String> values) {
    int shown = Math.min(values.size(), 10);
    List<String> quoted = new ArrayList<>();
    values.subList(0, shown).forEach(value -> quoted.add("'" + ManifestHeader.shown(value) + "'"));
    String further = shown == values.size() ? "" : " and %,d more".formatted(values.size() - shown);
    return String.join(", ", quoted) + further;
  }
}
