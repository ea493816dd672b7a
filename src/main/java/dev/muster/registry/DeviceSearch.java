package dev.muster.registry;

import dev.muster.export.Period;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Which devices are looked for; what is null or empty does not matter.
 *
 * @param id a GUID, or how it begins
 * @param serialNumber the whole of it
 * @param manifest the manifest that brought them, by its number
 * @param bundle with which the token came that they have, by its number
 * @param building the whole of it
 * @param room the whole of it
 * @param factory that sent them
 * @param model the whole of it
 * @param gateway behind which they are, a GUID
 * @param hub at which they are
 * @param attribute a column that Muster does not know, and what it holds
 * @param tokenEnds when their tokens end
 * @param seen whether they gave a sign of life
 * @param seenBefore whose last sign of life was before then
 * @param order null: the newest first
 */
public record DeviceSearch(
    @Nullable DeviceIds id,
    @Nullable String serialNumber,
    @Nullable Integer manifest,
    @Nullable Integer bundle,
    @Nullable String building,
    @Nullable String room,
    @Nullable Standing standing,
    @Nullable String factory,
    @Nullable String model,
    @Nullable UUID gateway,
    @Nullable String hub,
    @Nullable Attribute attribute,
    Period tokenEnds,
    @Nullable Seen seen,
    @Nullable Instant seenBefore,
    @Nullable Order order) {

  /** How a device stands, and what else one may look for. */
  public enum Standing {
    /** In service, without a token. */
    REGISTERED,
    /** In service, with a token. */
    PROVISIONED,
    DISABLED,
    REVOKED,
    /** Scrapped. */
    RETIRED,
    /** Out of service in the registry; a hub has not confirmed it yet. */
    REVOKING,
    /** Out of service, and not in the registry: a revocation list named them before they came. */
    UNKNOWN
  }

  /** Whether a device gave a sign of life. */
  public enum Seen {
    /** It never did, wherever its token is. */
    NEVER,
    SEEN
  }

  /** What comes first. Those that are out of service, or whose ids begin alike, go by their id. */
  public enum Order {
    NEWEST,
    OLDEST
  }

  /** A column of a manifest that Muster only keeps, and what it holds. */
  public record Attribute(String name, String value) {

    public Attribute {
      if (name.equals(ClaimCodes.COLUMN)) {
        throw new IllegalArgumentException(
            "Devices are not found by their claim codes: whoever guesses one is to be counted.");
      }
    }

    /**
     * Of {@code name=value}.
     *
     * @throws IllegalArgumentException when it is none; its message is for people
     */
    public static Attribute of(String text) {
      int equals = text.indexOf('=');
      if (equals < 1) {
        throw new IllegalArgumentException(
            "'%s' is no attribute: write its name, =, and what it holds.".formatted(text));
      }
      return new Attribute(text.substring(0, equals).strip(), text.substring(equals + 1).strip());
    }
  }

  /** Every device. */
  public static final DeviceSearch ALL = only(null, null);

  public DeviceSearch {
    serialNumber = unlessEmpty(serialNumber);
    building = unlessEmpty(building);
    room = unlessEmpty(room);
    factory = unlessEmpty(factory);
    model = unlessEmpty(model);
    hub = unlessEmpty(hub);
  }

  /** All whose ids are among these. */
  public static DeviceSearch of(DeviceIds id) {
    return only(id, null);
  }

  /** All with this serial number. */
  public static DeviceSearch ofSerialNumber(String serialNumber) {
    return only(null, serialNumber);
  }

  private static DeviceSearch only(@Nullable DeviceIds id, @Nullable String serialNumber) {
    return new DeviceSearch(
        id,
        serialNumber,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        Period.EVER,
        null,
        null,
        null);
  }

  /** The same, of one factory. */
  public DeviceSearch ofFactory(String id) {
    return among(id, manifest);
  }

  /** The same, of one factory and, unless it is null, one of its manifests. */
  DeviceSearch among(String id, @Nullable Integer manifest) {
    return new DeviceSearch(
        this.id,
        serialNumber,
        manifest,
        bundle,
        building,
        room,
        standing,
        id,
        model,
        gateway,
        hub,
        attribute,
        tokenEnds,
        seen,
        seenBefore,
        order);
  }

  /** Whether every device is meant. */
  public boolean all() {
    return said().isEmpty();
  }

  /** In words: {@code of factory fabrikam, revoked}. */
  public String words() {
    return all() ? "all devices" : String.join(", ", said());
  }

  private List<String> said() {
    List<String> said = new ArrayList<>();
    say(
        id == null ? null : id.single() ? id.first() : id.first() + " to " + id.last(),
        "device",
        said);
    say(serialNumber, "serial number", said);
    say(manifest, "of manifest", said);
    say(bundle, "with the token of bundle", said);
    say(building, "in building", said);
    say(room, "in room", said);
    say(standing == null ? null : standing.name().toLowerCase(Locale.ROOT), "that are", said);
    say(factory, "of factory", said);
    say(model, "of model", said);
    say(gateway, "behind gateway", said);
    say(hub, "at hub", said);
    say(attribute == null ? null : attribute.name() + "=" + attribute.value(), "with", said);
    say(tokenEnds.from(), "whose token ends from", said);
    say(tokenEnds.until(), "whose token ends before", said);
    say(seen == null ? null : seen == Seen.NEVER ? "never seen" : "seen", "that were", said);
    say(seenBefore, "last seen before", said);
    return said;
  }

  private static void say(@Nullable Object value, String what, List<String> said) {
    if (value != null) {
      said.add(what + " " + value);
    }
  }

  boolean oldestFirst() {
    return order == Order.OLDEST;
  }

  /** Whether what is in the devices' own rows matters. */
  boolean readsRows() {
    return serialNumber != null
        || building != null
        || room != null
        || model != null
        || gateway != null
        || attribute != null
        || bundle != null
        || seen != null
        || seenBefore != null
        || readsTokens();
  }

  /** Whether the ends of their tokens matter, which their status and their manifest say. */
  boolean readsTokens() {
    return !tokenEnds.equals(Period.EVER);
  }

  private static @Nullable String unlessEmpty(@Nullable String text) {
    return text == null || text.isBlank() ? null : text.strip();
  }
}
