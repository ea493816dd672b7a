package dev.muster.exchange;

import java.time.Instant;
import java.util.UUID;

/**
 * A token that was just made, and that nobody can ask for again.
 *
 * @param namespace the host to which the device sends
 * @param first the device had none before
 */
public record IssuedToken(
    UUID device,
    String namespace,
    String eventHub,
    String token,
    Instant expiresAt,
    boolean first) {

  /** Where the device sends with it. */
  public String address() {
    return "https://%s/%s/publishers/%s/messages".formatted(namespace, eventHub, device);
  }

  /** Without the token. */
  @Override
  public String toString() {
    return "IssuedToken[" + device + ", " + expiresAt + "]";
  }
}
