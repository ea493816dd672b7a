package dev.muster.manifest;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.apache.commons.text.similarity.LevenshteinDistance;
import org.jspecify.annotations.Nullable;

/**
 * Names of columns. Known ones are compared without case, blanks, hyphens, underscores and dots:
 * {@code deviceId}, {@code Device-ID} and {@code DEVICE ID} are all {@code device_id}.
 */
final class ColumnNames {

  /** The columns of {@code rejected-rows.csv} that say why; passed over when it is sent again. */
  static final List<String> REASONS = List.of("reject_code", "reject_message");

  private static final Pattern SEPARATORS = Pattern.compile("[-_\\s\\p{Z}]+");
  private static final Pattern NOT_COMPARED = Pattern.compile("[-_.\\s\\p{Z}]+");
  private static final Pattern NO_LETTERS = Pattern.compile("[^\\p{L}\\p{N}]+");

  private static final Map<String, String> KNOWN = new LinkedHashMap<>();

  /** What factories call the columns otherwise; only ever proposed, never taken for them. */
  private static final Map<String, List<String>> OTHERWISE =
      Map.of(
          "device_id",
          List.of("id", "guid", "uuid", "deviceguid", "deviceuuid", "device", "geräteid"),
          "serial_number",
          List.of("serial", "serialno", "serialnr", "sn", "sno", "seriennummer", "seriennr"),
          "model",
          List.of("modell", "modelname", "modelnumber", "type", "typ", "devicetype"),
          "hardware_revision",
          List.of("hw", "hwrev", "hwrevision", "hwversion", "hardware", "revision", "rev"),
          "building",
          List.of("bldg", "gebäude", "gebaeude", "house"),
          "room",
          List.of("raum", "roomno", "roomnumber", "zimmer"),
          "gateway_id",
          List.of("gateway", "gw", "gwid", "gatewayguid", "gatewayuuid"));

  private static final LevenshteinDistance SLIPS = new LevenshteinDistance(2);
  private static final int SHORTEST_WITH_SLIPS = 6;

  static {
    for (Column column : Column.values()) {
      KNOWN.put(compared(column.header()), column.header());
    }
    for (String column : RevocationHeader.KNOWN) {
      KNOWN.put(compared(column), column);
    }
    for (String column : REASONS) {
      KNOWN.put(compared(column), column);
    }
  }

  private ColumnNames() {}

  /** A name as Muster writes it: a known column's own, or lower case with {@code _} for blanks. */
  static String normalised(String name) {
    String own = KNOWN.get(compared(name));
    return own == null ? SEPARATORS.matcher(name.toLowerCase(Locale.ROOT)).replaceAll("_") : own;
  }

  /** The known column that a name is but for characters that can't be in it. */
  static @Nullable String spoilt(String name) {
    return name.codePoints().allMatch(c -> c < 0x7F)
        ? null
        : KNOWN.get(NO_LETTERS.matcher(name.toLowerCase(Locale.ROOT)).replaceAll(""));
  }

  /** The column of a manifest that a name is likely meant to be. */
  static @Nullable String meant(String name) {
    String letters = NO_LETTERS.matcher(name.toLowerCase(Locale.ROOT)).replaceAll("");
    for (Column column : Column.values()) {
      String known = compared(column.header());
      int slips = SLIPS.apply(known, letters);
      if (OTHERWISE.getOrDefault(column.header(), List.of()).contains(letters)
          || (slips >= 0
              && slips < known.length() / 3
              && letters.length() >= SHORTEST_WITH_SLIPS)) {
        return column.header();
      }
    }
    return null;
  }

  static String compared(String name) {
    return NOT_COMPARED.matcher(name.toLowerCase(Locale.ROOT)).replaceAll("");
  }
}
