package dev.muster.publisher;

import dev.muster.credential.HubNumbers;
import dev.muster.credential.sas.Hub;
import dev.muster.credential.sas.Hubs;
import dev.muster.status.HubWork;
import dev.muster.status.HubWork.Standing;
import java.util.LinkedHashMap;
import java.util.Map;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.health.contributor.AbstractHealthIndicator;
import org.springframework.boot.health.contributor.Health;
import org.springframework.stereotype.Component;

/**
 * Hubs are degraded when the last calls to one of them did not go well. Asks the database what is
 * known of them, and no hub.
 */
@Component("hubsHealthIndicator")
@ConditionalOnBooleanProperty("muster.serve")
class HubsHealth extends AbstractHealthIndicator {

  private final Hubs hubs;
  private final HubNumbers numbers;
  private final HubWork work;

  HubsHealth(Hubs hubs, HubNumbers numbers, HubWork work) {
    super("How the hubs stand can't be read.");
    this.hubs = hubs;
    this.numbers = numbers;
    this.work = work;
  }

  @Override
  protected void doHealthCheck(Health.Builder health) {
    health.up();
    for (Hub hub : hubs.all()) {
      Map<String, Object> details = new LinkedHashMap<>();
      numbers
          .find(hub.name())
          .map(work::standing)
          .filter(standing -> standing.trouble() != null)
          .ifPresent(standing -> describe(standing, details));
      if (!details.isEmpty()) {
        health.status("DEGRADED");
      }
      health.withDetail(hub.name(), details.isEmpty() ? "well" : details);
    }
  }

  private static void describe(Standing standing, Map<String, Object> details) {
    details.put("trouble", String.valueOf(standing.trouble()));
    details.put("problem", String.valueOf(standing.problem()));
    if (standing.problemAt() != null) {
      details.put("since", standing.problemAt().toString());
    }
  }
}
