package dev.muster.call;

import java.net.http.HttpHeaders;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Optional;

/** How long somebody who refused a call wants to be left alone (RFC 9110, 10.2.3). */
public final class RetryAfter {

  private RetryAfter() {}

  /**
   * Seconds, or a date as HTTP writes them, by this machine's clock.
   *
   * @return empty when the answer does not say, or says something else
   */
  public static Optional<Duration> of(HttpHeaders answer, Clock clock) {
    return answer.firstValue("Retry-After").flatMap(value -> read(value.strip(), clock));
  }

  private static Optional<Duration> read(String value, Clock clock) {
    if (value.matches("[0-9]{1,9}")) {
      return Optional.of(Duration.ofSeconds(Long.parseLong(value)));
    }
    try {
      Duration wait =
          Duration.between(
              clock.instant(),
              ZonedDateTime.parse(value, DateTimeFormatter.RFC_1123_DATE_TIME).toInstant());
      return Optional.of(wait.isNegative() ? Duration.ZERO : wait);
    } catch (DateTimeException e) {
      return Optional.empty();
    }
  }
}
