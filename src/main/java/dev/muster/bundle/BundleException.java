package dev.muster.bundle;

import java.io.IOException;

/** A bundle can't be opened; the message is a sentence for the person who tried. */
public final class BundleException extends IOException {

  BundleException(String message, Exception cause) {
    super(message, cause);
  }
}
