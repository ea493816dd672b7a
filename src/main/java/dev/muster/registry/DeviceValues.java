package dev.muster.registry;

import dev.muster.manifest.Column;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/**
 * SQL over the values of the device {@code d} as one JSON object, known columns and attributes side
 * by side, and over what a manifest would change of them.
 */
public final class DeviceValues {

  private static final List<String> KNOWN =
      Arrays.stream(Column.values())
          .filter(column -> column != Column.DEVICE_ID)
          .map(Column::header)
          .toList();

  /** The object. */
  public static final String VALUES =
      "coalesce(d.attributes, '{}') || jsonb_build_object(%s)"
          .formatted(
              KNOWN.stream().map("'%1$s', d.%1$s"::formatted).collect(Collectors.joining(", ")));

  /**
   * Whether {@code d} stands where somebody has put it since a manifest last said where, and the
   * manifest may not change that: as {@code kept}. To be formatted with what says that it may.
   */
  private static final String PLACE =
      """
      SELECT NOT (%s) AND coalesce(
                 (SELECT c.action = 'locate' FROM device_change c
                   WHERE c.device_id = d.device_id
                     AND (c.action = 'locate' OR jsonb_exists_any(c.changed, ARRAY['building', 'room']))
                   ORDER BY c.change_id DESC LIMIT 1), false) AS kept\
      """;

  /** All that changes take of a device's row. */
  static final String ASSIGNMENTS =
      KNOWN.stream()
              .map(
                  column ->
                      "%1$s = CASE WHEN jsonb_exists(j.changed, '%1$s') THEN (j.changed -> '%1$s' ->> 1)%2$s ELSE d.%1$s END"
                          .formatted(
                              column, column.equals(Column.GATEWAY_ID.header()) ? "::uuid" : ""))
              .collect(Collectors.joining(",\n"))
          + """
          ,
          attributes = nullif(jsonb_strip_nulls(
              coalesce(d.attributes, '{}')
              || coalesce((SELECT jsonb_object_agg(key, value -> 1)
                             FROM jsonb_each(j.changed - ARRAY[%s])), '{}')), '{}')\
          """
              .formatted(KNOWN.stream().map("'%s'"::formatted).collect(Collectors.joining(", ")));

  private DeviceValues() {}

  /**
   * What would change of {@code d}, as one row: {@code changed}, a JSON object of {@code [was,
   * becomes]} by column, null when that is nothing; and {@code place_kept}, whether its place would
   * too if it might.
   *
   * @param wanted gives the rows {@code (key, value)} that are wanted
   * @param placesToo whether places that somebody gave may change
   */
  static String changes(String wanted, String placesToo) {
    return """
    SELECT jsonb_object_agg(p.key, jsonb_build_array(v.object ->> p.key, p.value))
               FILTER (WHERE NOT (place.kept AND p.key IN ('building', 'room'))) AS changed,
           coalesce(bool_or(place.kept AND p.key IN ('building', 'room')), false) AS place_kept
      FROM (%s) AS p (key, value)
     CROSS JOIN (SELECT %s) AS v (object)
     CROSS JOIN (%s) AS place
     WHERE v.object ->> p.key IS DISTINCT FROM p.value\
    """
        .formatted(wanted, VALUES, PLACE.formatted(placesToo));
  }
}
