package dev.muster.upload;

import dev.muster.registry.DeviceSearch;
import dev.muster.status.DeviceState;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Devices that were chosen by what they are like, and what is to become of all of them.
 *
 * @param hub {@code MOVE}: to which hub; null: where the weights and the rules want them
 * @param devicesBehind whether it goes for what stands behind those of them that are gateways, too
 */
public record Chosen(
    DeviceSearch devices, Deed action, String reason, boolean devicesBehind, @Nullable String hub) {

  /**
   * How many devices were chosen, by how they stood then.
   *
   * @param untouched how many of them stay as they are, because that does not apply to them: what
   *     is revoked is only restored, what is disabled is only enabled, what is in service is
   *     neither
   */
  public record Count(Map<String, Long> byState, Map<String, Long> untouched) {}

  /** Counts by state, as a part of a sentence. */
  static String words(Map<String, Long> byState) {
    return byState.entrySet().stream()
        .map(one -> "%,d %s".formatted(one.getValue(), words(one.getKey())))
        .collect(Collectors.joining(", "));
  }

  /** What is delivered to the factory need not be in the device yet. */
  private static String words(String state) {
    return state.equals(DeviceState.PROVISIONED.name())
        ? "whose token was delivered"
        : state.toLowerCase(Locale.ROOT);
  }

  /** In words; also what the list is called. */
  String title() {
    return action.word() + " " + devices.words() + (hub == null ? "" : " to hub " + hub);
  }

  /**
   * Whether that can change a device that stands so; null: it is in no registry, and in service.
   */
  boolean appliesTo(@Nullable DeviceState state) {
    return devicesBehind || action.appliesTo(state);
  }

  /** A device's row in the list. */
  String row(Object device) {
    return "%s,%s,\"%s\",%s\n"
        .formatted(device, action.word(), reason.replace("\"", "\"\""), devicesBehind ? "yes" : "");
  }
}
