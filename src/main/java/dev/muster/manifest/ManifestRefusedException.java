package dev.muster.manifest;

/**
 * A manifest can't be taken at all; its message says what is wrong, where, and what to do. Nothing
 * was loaded.
 */
public final class ManifestRefusedException extends Exception {

  private static final long serialVersionUID = 1;

  private final RefusalCode code;

  public ManifestRefusedException(RefusalCode code, String message) {
    super(message);
    this.code = code;
  }

  public RefusalCode code() {
    return code;
  }
}
