package dev.muster.arrival;

import java.sql.Timestamp;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.health.contributor.AbstractHealthIndicator;
import org.springframework.boot.health.contributor.Health;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/**
 * The inbox is degraded when something waits in it for too long. What waits for the nightly run
 * does not count, nor does what is being run.
 */
@Component("inboxHealthIndicator")
@ConditionalOnBooleanProperty("muster.serve")
class InboxHealth extends AbstractHealthIndicator {

  private final JdbcClient jdbc;
  private final Clock clock;
  private final Duration limit;

  InboxHealth(
      JdbcClient jdbc, Clock clock, @Value("${muster.health.inbox-age:1h}") Duration limit) {
    super("The inbox can't be read.");
    this.jdbc = jdbc;
    this.clock = clock;
    this.limit = limit;
  }

  private record Waiting(long waiting, @Nullable Timestamp oldest) {}

  @Override
  protected void doHealthCheck(Health.Builder health) {
    Waiting inbox =
        jdbc.sql(
                """
                SELECT count(*) AS waiting, min(%s) AS oldest
                  FROM arrival a
                 WHERE state IN ('WAITING', 'ANSWERING') AND due_at < 'infinity'
                   AND NOT EXISTS (SELECT FROM instance i
                                    WHERE i.instance_id = a.instance_id AND i.buried_at IS NULL)\
                """
                    .formatted(Inbox.WAITS_SINCE))
            .query(Waiting.class)
            .single();
    health.up().withDetail("waiting", inbox.waiting());
    if (inbox.oldest() != null) {
      Instant oldest = inbox.oldest().toInstant();
      Duration age = Duration.between(oldest, clock.instant());
      health.withDetail("oldest", oldest.toString());
      if (age.compareTo(limit) > 0) {
        health.status("DEGRADED").withDetail("limit", limit.toString());
      }
    }
  }
}
