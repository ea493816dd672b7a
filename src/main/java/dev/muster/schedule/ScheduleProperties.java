package dev.muster.schedule;

import java.time.Duration;
import java.time.LocalDateTime;
import java.time.ZoneId;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.scheduling.support.CronExpression;
import org.springframework.validation.annotation.Validated;

/**
 * When things are done by the clock. Each cron expression has six fields, seconds first; {@code -}
 * switches it off.
 *
 * @param nightly the nightly run
 * @param renewal when tokens that end soon are renewed
 * @param tokenEnds when is looked for tokens that end and that nothing renews; after renewals
 * @param reconcile the comparison of the hubs' lists of revoked publishers with the registry
 * @param zone in whose time the expressions are
 * @param patience how long the nightly run waits for what fails for passing reasons, and for hubs
 */
@Validated
@ConfigurationProperties("muster.schedule")
record ScheduleProperties(
    @DefaultValue("0 0 2 * * *") String nightly,
    @DefaultValue("0 0 3 * * *") String renewal,
    @DefaultValue("0 0 6 * * *") String tokenEnds,
    @DefaultValue("0 0 4 * * SUN") String reconcile,
    @DefaultValue("UTC") ZoneId zone,
    @DefaultValue("30m") Duration patience) {

  static final String OFF = "-";

  /** Any will do: an expression that is never due from then on never is. */
  private static final LocalDateTime A_DAY = LocalDateTime.of(2000, 1, 1, 0, 0);

  ScheduleProperties {
    check("nightly", nightly);
    check("renewal", renewal);
    check("token-ends", tokenEnds);
    check("reconcile", reconcile);
  }

  private static void check(String name, String cron) {
    if (!cron.equals(OFF) && !CronExpression.isValidExpression(cron)) {
      throw new IllegalArgumentException(
          "muster.schedule.%s is '%s'; it must be a cron expression of six fields, such as '0 0 2 * * *', or '-' for never."
              .formatted(name, cron));
    }
    if (!cron.equals(OFF) && CronExpression.parse(cron).next(A_DAY) == null) {
      throw new IllegalArgumentException(
          "muster.schedule.%s is '%s', a time that never comes. Correct it, or say '-' for never."
              .formatted(name, cron));
    }
  }
}
