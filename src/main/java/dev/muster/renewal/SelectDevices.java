package dev.muster.renewal;

import dev.muster.bundle.Bundle;
import dev.muster.bundle.Bundles;
import dev.muster.provisioning.ProvisioningProperties;
import dev.muster.run.RunSteps;
import java.util.Objects;
import org.springframework.batch.core.step.StepContribution;
import org.springframework.stereotype.Component;

/** Decides which devices get a new token, and which keys sign them; both stand from here on. */
@Component
class SelectDevices implements RunSteps.Work {

  private final Renewals renewals;
  private final Bundles bundles;
  private final ProvisioningProperties properties;

  SelectDevices(Renewals renewals, Bundles bundles, ProvisioningProperties properties) {
    this.renewals = renewals;
    this.bundles = bundles;
    this.properties = properties;
  }

  @Override
  public void of(StepContribution contribution) {
    Renewal renewal = renewals.get(RenewalParameters.renewalOf(contribution.getStepExecution()));
    if (renewal.abandonedAt() != null) {
      throw new IllegalStateException(
          "This renewal was given up, and its devices are not its own any more. Renew again.");
    }
    if (!renewal.selected()) { // killed right after the commit, it is
      contribution.incrementWriteCount(renewals.select(renewal, properties.partDevices()));
    }
    if (renewal.bundleId() == null) {
      Renewal selected = renewals.get(renewal.id());
      renewals.begun(
          renewal.id(),
          bundles.begin(
              contribution.getStepExecution(),
              new Bundle.Plan(
                  selected.factory(),
                  selected.purpose(),
                  selected.bundle(),
                  Objects.requireNonNull(selected.keysAt()),
                  selected.tokensExpireAt(),
                  selected.tokenLifetime(),
                  Objects.requireNonNull(selected.parts()),
                  Objects.requireNonNull(selected.devices()))));
    }
  }
}
