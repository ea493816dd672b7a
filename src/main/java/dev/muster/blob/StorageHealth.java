package dev.muster.blob;

import com.azure.core.util.Context;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.springframework.boot.health.contributor.AbstractHealthIndicator;
import org.springframework.boot.health.contributor.Health;

/**
 * Whether the storage account answers, and has the containers it must have. Degraded when not: what
 * other sources bring is provisioned all the same.
 */
final class StorageHealth extends AbstractHealthIndicator {

  private final BlobAccount account;
  private final List<String> containers;
  private final Duration timeout;

  StorageHealth(BlobAccount account, List<String> containers, Duration timeout) {
    super("The storage account was not asked.");
    this.account = account;
    this.containers = containers;
    this.timeout = timeout;
  }

  @Override
  protected void doHealthCheck(Health.Builder health) {
    List<String> missing = new ArrayList<>();
    try {
      for (String name : containers) {
        if (!account.container(name).existsWithResponse(timeout, Context.NONE).getValue()) {
          missing.add(name);
        }
      }
    } catch (RuntimeException e) {
      // Its message may quote a signature.
      health
          .status("DEGRADED")
          .withDetail("problem", "The storage account does not answer, or not to Muster.")
          .withDetail("cause", e.getClass().getSimpleName());
      return;
    }
    if (missing.isEmpty()) {
      health.up();
    } else {
      health.status("DEGRADED").withDetail("missing containers", missing);
    }
  }
}
