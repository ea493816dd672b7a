package dev.muster.manifest;

/**
 * A manifest can't be taken at all; its message says what is wrong, where, and what to do. Nothing
 * was loaded.
 */
public final class ManifestRefusedException extends Exception {

  /** How long a sentence may be, whatever the file holds. */
  private static final int MAX_LENGTH = 1000;

  private final RefusalCode code;

  /** The message is cut at 1,000 characters. */
  public ManifestRefusedException(RefusalCode code, String message) {
    super(message.length() <= MAX_LENGTH ? message : message.substring(0, MAX_LENGTH - 1) + "…");
    this.code = code;
  }

  public RefusalCode code() {
    return code;
  }
}
