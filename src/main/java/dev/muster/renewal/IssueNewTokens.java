package dev.muster.renewal;

import dev.muster.credential.SigningKeys;
import dev.muster.provisioning.PartitionNumber;
import dev.muster.provisioning.StepProgressed;
import dev.muster.provisioning.TokenParts;
import dev.muster.registry.DeviceRange;
import java.io.IOException;
import java.util.Objects;
import org.springframework.batch.core.scope.context.ChunkContext;
import org.springframework.batch.core.step.StepContribution;
import org.springframework.batch.core.step.StepExecution;
import org.springframework.batch.core.step.tasklet.Tasklet;
import org.springframework.batch.infrastructure.repeat.RepeatStatus;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.stereotype.Component;

/**
 * Makes one part of the bundle. Devices that went out of service since they were selected leave the
 * renewal in the transaction that remembers the part, so that what is in the part and what is
 * marked at the delivery are the same.
 */
@Component
class IssueNewTokens implements Tasklet {

  private final Renewals renewals;
  private final SigningKeys signingKeys;
  private final TokenParts tokenParts;
  private final ApplicationEventPublisher events;

  IssueNewTokens(
      Renewals renewals,
      SigningKeys signingKeys,
      TokenParts tokenParts,
      ApplicationEventPublisher events) {
    this.renewals = renewals;
    this.signingKeys = signingKeys;
    this.tokenParts = tokenParts;
    this.events = events;
  }

  @Override
  public RepeatStatus execute(StepContribution contribution, ChunkContext chunkContext)
      throws IOException {
    StepExecution step = contribution.getStepExecution();
    Renewal renewal = renewals.get(RenewalParameters.renewalOf(step));
    int number = PartitionNumber.of(step);
    contribution.incrementFilterCount(renewals.leaveOutShutOut(renewal.id(), number));
    DeviceRange devices = renewals.devices(renewal.id(), number);
    renewals.save(
        renewal.id(),
        tokenParts.write(
            step,
            renewal.bundle(),
            renewal.factory(),
            Objects.requireNonNull(renewal.parts()),
            devices,
            signingKeys.issuers(
                Objects.requireNonNull(renewal.keysAt()), renewal.tokensExpireAt())));
    contribution.incrementWriteCount(devices.size());
    events.publishEvent(
        new StepProgressed(
            step.getJobExecutionId(),
            RenewTokensJob.ISSUE,
            devices.size(),
            Objects.requireNonNull(renewal.devices())));
    return RepeatStatus.FINISHED;
  }
}
