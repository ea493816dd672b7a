package dev.muster.exchange;

import java.time.Duration;
import java.time.Instant;
import java.util.UUID;

/** What comes of a token that is presented. */
sealed interface Answer {

  /** A fresh token. */
  record Fresh(UUID device, String namespace, String eventHub, String token, Instant expiresAt)
      implements Answer {

    /** Without the token. */
    @Override
    public String toString() {
      return "Fresh[" + device + ", " + expiresAt + "]";
    }
  }

  /** Nothing, and the caller is not told why. */
  record Refused() implements Answer {}

  /** The device got one just now. */
  record TooSoon(Duration remaining) implements Answer {}

  /** The registry is busy or away; the token is as good as before. */
  record Busy() implements Answer {}
}
