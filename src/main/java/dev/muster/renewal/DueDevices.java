package dev.muster.renewal;

import java.util.Map;

/**
 * Devices of a factory that a renewal would be for.
 *
 * @param ready how many would get a new token now
 * @param underWay how many are in a renewal that is not delivered yet
 * @param bound how many are to leave a hub that their factory is bound to, and stay
 * @param withoutBundle how many would move, but no bundle brings them tokens: they were registered
 *     by hand, or their manifest is not delivered
 * @param to of a move: how many of the ready ones go to which hub; otherwise empty
 */
public record DueDevices(
    String factory,
    long ready,
    long underWay,
    long disabled,
    long revoked,
    long bound,
    long withoutBundle,
    Map<String, Long> to) {

  /** Whether there is any of which something is to be said. */
  boolean any() {
    return ready + underWay + disabled + revoked + bound + withoutBundle > 0;
  }
}
