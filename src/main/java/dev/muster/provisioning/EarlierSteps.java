package dev.muster.provisioning;

import java.util.Objects;
import org.springframework.batch.core.repository.JobRepository;
import org.springframework.batch.core.step.StepExecution;
import org.springframework.batch.infrastructure.item.ExecutionContext;
import org.springframework.stereotype.Component;

/** What an earlier step of the same run found out, also when it was found out before a restart. */
@Component
class EarlierSteps {

  private final JobRepository jobRepository;

  EarlierSteps(JobRepository jobRepository) {
    this.jobRepository = jobRepository;
  }

  Received received(StepExecution step) {
    return Received.from(contextOf(step, ProvisionManifestJob.RECEIVE.name()));
  }

  Settled settled(StepExecution step) {
    return Settled.from(contextOf(step, ProvisionManifestJob.SETTLE.name()));
  }

  private ExecutionContext contextOf(StepExecution step, String earlier) {
    StepExecution execution =
        jobRepository.getLastStepExecution(step.getJobExecution().getJobInstance(), earlier);
    return Objects.requireNonNull(execution, earlier).getExecutionContext();
  }
}
