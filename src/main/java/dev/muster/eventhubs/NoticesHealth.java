package dev.muster.eventhubs;

import org.springframework.boot.autoconfigure.condition.AnyNestedCondition;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.health.contributor.AbstractHealthIndicator;
import org.springframework.boot.health.contributor.Health;
import org.springframework.context.annotation.Conditional;
import org.springframework.stereotype.Component;

/** Degraded while notices can't be received: their blobs wait for the next sweep. */
@Component("noticesHealthIndicator")
@ConditionalOnBooleanProperty("muster.serve")
@Conditional(NoticesHealth.Configured.class)
class NoticesHealth extends AbstractHealthIndicator {

  private final NoticeTroubles troubles;

  NoticesHealth(NoticeTroubles troubles) {
    super("Whether notices can be received was not found out.");
    this.troubles = troubles;
  }

  @Override
  protected void doHealthCheck(Health.Builder health) {
    health.up();
    troubles
        .current()
        .ifPresent(
            problem ->
                health
                    .status("DEGRADED")
                    .withDetail("problem", problem)
                    .withDetail(
                        "look at",
                        "muster.notices.connection-string or .namespace, and the container of"
                            + " muster.notices.checkpoints"));
  }

  static final class Configured extends AnyNestedCondition {

    Configured() {
      super(ConfigurationPhase.REGISTER_BEAN);
    }

    @ConditionalOnProperty("muster.notices.connection-string")
    static final class ByKey {}

    @ConditionalOnProperty("muster.notices.namespace")
    static final class BySignIn {}
  }
}
