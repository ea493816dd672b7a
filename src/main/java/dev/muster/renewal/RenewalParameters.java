package dev.muster.renewal;

import dev.muster.run.RunKind;
import java.util.Objects;
import org.springframework.batch.core.job.JobExecution;
import org.springframework.batch.core.job.parameters.JobParameters;
import org.springframework.batch.core.job.parameters.JobParametersBuilder;
import org.springframework.batch.core.step.StepExecution;

/** What a run is asked to do: a renewal, by its number, which alone is its identity. */
public final class RenewalParameters {

  static final String RENEWAL = "renewal";

  private RenewalParameters() {}

  public static JobParameters of(Renewal renewal) {
    return new JobParametersBuilder()
        .addLong(RENEWAL, (long) renewal.id(), true)
        .addString(RunKind.FACTORY, renewal.factory(), false)
        .addString(RunKind.NAME, renewal.bundle(), false)
        .toJobParameters();
  }

  /** The number of the renewal that a run is asked for. */
  public static int renewalOf(JobExecution execution) {
    return Math.toIntExact(
        Objects.requireNonNull(execution.getJobParameters().getLong(RENEWAL), RENEWAL));
  }

  static int renewalOf(StepExecution step) {
    return renewalOf(step.getJobExecution());
  }
}
