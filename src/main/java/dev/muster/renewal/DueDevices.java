package dev.muster.renewal;

/**
 * Devices of a factory that a renewal would be for.
 *
 * @param ready how many would get a new token now
 * @param underWay how many are in a renewal that is not delivered yet
 * @param bound how many are to leave a hub that their factory is bound to, and stay
 */
public record DueDevices(
    String factory, long ready, long underWay, long disabled, long revoked, long bound) {}
