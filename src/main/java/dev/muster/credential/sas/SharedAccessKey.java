package dev.muster.credential.sas;

import java.nio.charset.StandardCharsets;

/**
 * A key of a shared access policy. It looks like Base64, and is used as it is, not decoded. Nothing
 * of it is ever shown.
 */
public final class SharedAccessKey {

  private final String text;

  public SharedAccessKey(String text) {
    if (text.isBlank()) {
      throw new IllegalArgumentException("A shared access key is blank.");
    }
    this.text = text;
  }

  byte[] bytes() {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public String toString() {
    return "SharedAccessKey[not shown]";
  }
}
