package dev.muster.bundle;

import org.jspecify.annotations.Nullable;

/**
 * A file of a bundle.
 *
 * @param sha256 of the file; null when the receipt does not name it
 * @param devices whose tokens are in it; null when it is no part
 */
public record BundleFile(String name, long bytes, @Nullable String sha256, @Nullable Long devices) {

  /** Whether tokens are in it. */
  public boolean part() {
    return devices != null;
  }
}
