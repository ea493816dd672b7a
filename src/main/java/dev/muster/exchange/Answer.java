package dev.muster.exchange;

import dev.muster.credential.sas.FreshTokens.FreshToken;
import java.time.Duration;

/** What comes of a token that is presented. */
sealed interface Answer {

  /** A fresh token. */
  record Fresh(FreshToken token) implements Answer {}

  /**
   * Nothing.
   *
   * @param reason which the caller is not told
   */
  record Refused(Refusal reason) implements Answer {}

  /** The device got one just now. */
  record TooSoon(Duration remaining) implements Answer {}

  /**
   * The registry is busy or away; the token is as good as before.
   *
   * @param why for the log
   */
  record Busy(String why) implements Answer {}
}
