package dev.muster.exchange;

import java.util.Locale;

/** Why a device gets no fresh token. Only the log and the counter tell; the caller never learns. */
enum Refusal {
  /** No header, more than one, or none that holds a device's token. */
  FORM,
  /** For a hub or a policy that is not configured. */
  HUB,
  /** Not signed with a key of the policy it names. */
  SIGNATURE,
  /** Signed with the key that the hub's tokens were rotated away from. */
  OLD_KEY,
  /** It ends later than any token that the device was given. */
  NEVER_ISSUED,
  /** Its time is over. */
  EXPIRED,
  /** The registry does not know the device. */
  UNKNOWN_DEVICE,
  /** The device is assigned to another hub. */
  OTHER_HUB,
  /** The device was never given a token. */
  REGISTERED,
  DISABLED,
  REVOKED;

  /** As it stands in the log and in metrics. */
  String word() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
