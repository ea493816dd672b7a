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
  /** The device is out of service; a manifest does not bring it back. */
  REVOKED_DEVICE,
  /** More or fewer fields than the header has columns. */
  WRONG_FIELD_COUNT,
  /** Text between a closing quote and the next comma. */
  MALFORMED_QUOTES,
  /** A value has more characters than its column allows. */
  FIELD_TOO_LONG,
  /** A value holds a control character. */
  CONTROL_CHARACTER
}
