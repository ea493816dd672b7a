package dev.muster.exchange;

import dev.muster.access.RefusedException;
import java.time.Duration;

/** The account has got as many tokens as it may for now. */
public class TooManyTokensException extends RefusedException {

  private final long seconds;

  TooManyTokensException(Duration wait) {
    super(
        "You have got many tokens in a short time. No more for now; try again in %d seconds."
            .formatted(wholeSeconds(wait)));
    this.seconds = wholeSeconds(wait);
  }

  /** How long until the next one, in whole seconds. */
  public long seconds() {
    return seconds;
  }

  private static long wholeSeconds(Duration wait) {
    return wait.plusNanos(999_999_999).toSeconds();
  }
}
