package dev.muster.renewal;

/** Why devices get new tokens. */
public enum Purpose {
  /** Their tokens end soon, or are of a key that is no more. */
  RENEW,
  /** Their tokens are of the key that their hub is leaving. */
  ROTATE,
  /** They are to go to another hub. */
  REASSIGN
}
