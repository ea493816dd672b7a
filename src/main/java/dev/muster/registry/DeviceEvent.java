package dev.muster.registry;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Something that happened to a device.
 *
 * @param what as a sentence without its subject: {@code Came with manifest thermostats, line 12}
 * @param reason why, as whoever did it said; null: nobody said
 * @param actor who did it; null: Muster
 * @param manifest the manifest it is about, by its number
 * @param list the revocation list that said so, by its number
 */
public record DeviceEvent(
    Instant at,
    Kind kind,
    String what,
    @Nullable String reason,
    @Nullable String actor,
    @Nullable Integer manifest,
    @Nullable Integer list) {

  /**
   * As a factory sees it: who else did something, from which address and with which list, is not
   * told it.
   */
  DeviceEvent seenBy(String factory) {
    return actor == null || actor.equals("factory " + factory)
        ? this
        : new DeviceEvent(
            at,
            kind,
            what.replaceFirst(" by revocation list .*, line [\\d,]+", ""),
            reason,
            null,
            manifest,
            null);
  }

  /** What sort of thing. */
  public enum Kind {
    CAME,
    DELIVERED,
    OUT_OF_SERVICE,
    BACK_IN_SERVICE,
    TOKEN,
    WARNING,
    MOVED,
    SERVICED,
    OTHER
  }
}
