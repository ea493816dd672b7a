package dev.muster.renewal;

import com.fasterxml.jackson.annotation.JsonIgnore;
import java.time.Instant;
import java.util.List;

/**
 * Tokens of a factory's devices in service end soon, and no renewal is on its way for them.
 * Published in the transaction that writes down that it was said.
 *
 * @param devices how many
 * @param firstEnd when the first of their tokens ends
 * @param manifests that brought them, the one whose tokens end first being first; some of many
 * @param manifestsInAll how many they are
 * @param within how soon they end
 */
public record TokensEnding(
    String factory,
    long devices,
    Instant firstEnd,
    List<OfManifest> manifests,
    int manifestsInAll,
    Instant within,
    @JsonIgnore Instant at) {

  public TokensEnding {
    manifests = List.copyOf(manifests);
  }

  /** Those of one manifest. */
  public record OfManifest(int id, String name, long devices, Instant firstEnd) {}
}
