package dev.muster.renewal;

/**
 * Devices of a factory that a renewal would be for.
 *
 * @param ready how many would get a new token now
 * @param underWay how many are in a renewal that is not delivered yet
 * @param bound how many are to leave a hub that their factory is bound to, and stay
 * @param withoutBundle how many would move, but no bundle brings them tokens: they were registered
 *     by hand, or their manifest is not delivered
 */
public record DueDevices(
    String factory,
    long ready,
    long underWay,
    long disabled,
    long revoked,
    long bound,
    long withoutBundle) {

  /** Whether there is any of which something is to be said. */
  boolean any() {
    return ready + underWay + disabled + revoked + bound + withoutBundle > 0;
  }
}
