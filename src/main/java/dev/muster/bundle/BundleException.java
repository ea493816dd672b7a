package dev.muster.bundle;

import java.io.IOException;

/** A bundle can't be opened; the message is a sentence for the person who tried. */
public final class BundleException extends IOException {

  private static final long serialVersionUID = 1;

  BundleException(String message, Exception cause) {
    super(message, cause);
  }
}
