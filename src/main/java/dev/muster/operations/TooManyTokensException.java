package dev.muster.operations;

import dev.muster.access.RefusedException;
import java.time.Duration;

/** The account has got as many tokens as it may for now. */
public class TooManyTokensException extends RefusedException {

  private static final long serialVersionUID = 1;

  private final Duration wait;

  TooManyTokensException(Duration wait) {
    super(
        "You have got many tokens in a short time. No more for now; try again in %d seconds."
            .formatted(wait.toSeconds()));
    this.wait = wait;
  }

  /** How long until the next one; whole seconds, at least one. */
  public Duration waitFor() {
    return wait;
  }
}
