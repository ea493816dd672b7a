package dev.muster.denylist;

import java.time.Duration;
import java.util.List;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.health.contributor.AbstractHealthIndicator;
import org.springframework.boot.health.contributor.Health;
import org.springframework.stereotype.Component;

/**
 * Degraded when the deny list has not reached one of its destinations for too long: whoever reads
 * it there lets in what was revoked since.
 */
@Component("denyListHealthIndicator")
@ConditionalOnBooleanProperty("muster.serve")
@ConditionalOnBooleanProperty(name = "muster.deny-list.enabled", matchIfMissing = true)
class DenyListHealth extends AbstractHealthIndicator {

  private final DenyListService service;
  private final Duration limit;

  DenyListHealth(
      DenyListService service, @Value("${muster.health.deny-list-age:5m}") Duration limit) {
    super("The deny list was not asked.");
    this.service = service;
    this.limit = limit;
  }

  @Override
  protected void doHealthCheck(Health.Builder health) {
    List<String> failing = service.failingFor(limit);
    if (failing.isEmpty()) {
      health.up();
    } else {
      health
          .status("DEGRADED")
          .withDetail("problem", "It has not been published for " + limit + "; the log says why.")
          .withDetail("destinations", failing);
    }
  }
}
