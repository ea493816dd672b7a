package dev.muster.manifest;

/** Why a row was rejected. Stable: factories' software reads them. */
public enum RejectCode {
  /** The row names no device. */
  MISSING_DEVICE_ID,
  /** Not 8-4-4-4-12 hexadecimal digits. */
  MALFORMED_DEVICE_ID,
  /** A gateway that is not named by a GUID, or a device that is to be its own gateway. */
  MALFORMED_GATEWAY_ID,
  /** The nil or the max GUID, which no device can have. */
  RESERVED_DEVICE_ID,
  /** An earlier line of the same manifest has the GUID. */
  DUPLICATE_IN_MANIFEST,
  /** Another manifest brought the GUID before. */
  ALREADY_REGISTERED,
  /** The row is to change a device that is not there. */
  UNKNOWN_DEVICE,
  /** The row is to change a device, and its manifest may not. */
  UPDATE_NOT_ALLOWED,
  /** The device is out of service; a manifest does not bring it back. */
  REVOKED_DEVICE,
  /** More or fewer fields than the header has columns. */
  WRONG_FIELD_COUNT,
  /** Text between a closing quote and the next comma. */
  MALFORMED_QUOTES,
  /** A value has more characters than its column allows. */
  FIELD_TOO_LONG,
  /** A value holds a control character. */
  CONTROL_CHARACTER,
  /** A column that its factory's format requires has no value. */
  MISSING_VALUE,
  /** A value is none of those that its factory's format allows. */
  VALUE_NOT_ALLOWED,
  /** The hubs of devices with such a value are none that the factory's devices may be put at. */
  NO_HUB,
  /** Not an action that there is. */
  UNKNOWN_ACTION,
  /** In a revocation list: not a time as RFC 3339 has it. */
  MALFORMED_TIME,
  /** In a revocation list: an earlier line names the device. */
  DUPLICATE_IN_LIST,
  /** In a revocation list: the device is disabled, and the action is not for such. */
  DISABLED_DEVICE,
  /** In a revocation list: the device is retired, and nothing brings it back. */
  RETIRED_DEVICE,
  /** In a revocation list: the list's factory has no say over the device. */
  NOT_YOUR_DEVICE,
  /** Somebody else than the list's factory took the device out of service, too. */
  NOT_YOURS_TO_UNDO
}
