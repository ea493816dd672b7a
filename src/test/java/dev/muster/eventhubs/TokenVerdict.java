package dev.muster.eventhubs;

import java.time.Instant;

/** What the service says to a token. */
public sealed interface TokenVerdict {

  /** It holds until then. */
  record Accepted(Instant until) implements TokenVerdict {}

  /** It does not, and why; in the service's words, and without the token. */
  record Refused(String description) implements TokenVerdict {}
}
