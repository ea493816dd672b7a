package dev.muster.renewal;

import dev.muster.provisioning.ProvisioningProperties;
import org.springframework.batch.core.scope.context.ChunkContext;
import org.springframework.batch.core.step.StepContribution;
import org.springframework.batch.core.step.tasklet.Tasklet;
import org.springframework.batch.infrastructure.repeat.RepeatStatus;
import org.springframework.stereotype.Component;

/** Decides which devices get a new token, and which keys sign them; both stand from here on. */
@Component
class SelectDevices implements Tasklet {

  private final Renewals renewals;
  private final ProvisioningProperties properties;

  SelectDevices(Renewals renewals, ProvisioningProperties properties) {
    this.renewals = renewals;
    this.properties = properties;
  }

  @Override
  public RepeatStatus execute(StepContribution contribution, ChunkContext chunkContext) {
    Renewal renewal = renewals.get(RenewalParameters.renewalOf(contribution.getStepExecution()));
    if (!renewal.selected()) { // killed right after the commit, it is
      contribution.incrementWriteCount(renewals.select(renewal, properties.partDevices()));
    }
    return RepeatStatus.FINISHED;
  }
}
