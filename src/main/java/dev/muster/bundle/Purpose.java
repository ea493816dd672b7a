package dev.muster.bundle;

/** What a bundle is for. */
public enum Purpose {
  /** Devices of a manifest get their first tokens. */
  PROVISION,
  /** The tokens that devices have end soon. */
  RENEW,
  /** Their hub's key is rotated. */
  ROTATE,
  /** They move to another hub. */
  REASSIGN
}
