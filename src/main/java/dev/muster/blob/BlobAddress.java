package dev.muster.blob;

import java.net.URI;
import java.nio.charset.StandardCharsets;

/**
 * Where a blob lies.
 *
 * @param name in its container, as it is, not encoded
 * @param uri the one way in which Muster writes this address; the same blob always has the same
 */
record BlobAddress(String container, String name, URI uri) {

  private static final String UNRESERVED_AND_SLASH = "-._~/";

  static BlobAddress of(URI account, String container, String name) {
    return new BlobAddress(
        container, name, URI.create(account + "/" + container + "/" + encoded(name)));
  }

  /** The blob whose name has this ending in addition. */
  BlobAddress with(String ending) {
    return new BlobAddress(container, name + ending, URI.create(uri + encoded(ending)));
  }

  /** Reads as {@code container/name}. */
  @Override
  public String toString() {
    return container + "/" + name;
  }

  private static String encoded(String name) {
    StringBuilder encoded = new StringBuilder();
    for (byte one : name.getBytes(StandardCharsets.UTF_8)) {
      char c = (char) (one & 0xff);
      boolean asItIs =
          c < 0x80 && (Character.isLetterOrDigit(c) || UNRESERVED_AND_SLASH.indexOf(c) >= 0);
      encoded.append(asItIs ? String.valueOf(c) : "%%%02X".formatted((int) c));
    }
    return encoded.toString();
  }
}
