package dev.muster.renewal;

import dev.muster.run.PartitionNumber;
import dev.muster.run.RunStep;
import dev.muster.run.RunStep.Counts;
import dev.muster.run.RunSteps;
import java.util.Objects;
import org.springframework.batch.core.configuration.annotation.StepScope;
import org.springframework.batch.core.job.Job;
import org.springframework.batch.core.partition.Partitioner;
import org.springframework.batch.core.step.Step;
import org.springframework.batch.core.step.StepExecution;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * The whole job, in the order it runs:
 *
 * <pre>
 * select    the devices, in parts; the keys are fixed               one transaction
 * issue     read part ▶ token ▶ encrypt ▶ part                      partitioned by parts of the bundle
 * deliver   receipt and parts appear in the outbox                  one rename, one transaction
 * </pre>
 *
 * <p>What a step must remember stands in the renewal's row and parts.
 */
@Configuration
@EnableConfigurationProperties(RenewalProperties.class)
public class RenewTokensJob {

  public static final String JOB = "renew-tokens";

  public static final RunStep SELECT = RunStep.of("select", "Select devices", Counts.NOTHING);
  public static final RunStep ISSUE = RunStep.partitioned("issue", "Issue tokens", Counts.TOKENS);
  public static final RunStep DELIVER = RunStep.of("deliver", "Deliver the bundle", Counts.NOTHING);

  private final RunSteps runs;

  RenewTokensJob(RunSteps runs) {
    this.runs = runs;
  }

  @Bean
  Job renewTokens(Step renewalSelect, Step renewalIssue, Step renewalDeliver) {
    return runs.job(JOB, renewalSelect, renewalIssue, renewalDeliver);
  }

  @Bean
  Step renewalSelect(SelectDevices tasklet) {
    return runs.step(SELECT, tasklet);
  }

  // issue: one worker for each part

  @Bean
  Step renewalIssue(Partitioner renewalParts, Step renewalIssuePart) {
    return runs.partitioned(ISSUE, renewalParts, renewalIssuePart);
  }

  @Bean
  @StepScope
  Partitioner renewalParts(@Value("#{stepExecution}") StepExecution step, Renewals renewals) {
    return gridSize ->
        PartitionNumber.upTo(
            Objects.requireNonNull(renewals.get(RenewalParameters.renewalOf(step)).parts()));
  }

  @Bean
  Step renewalIssuePart(IssueNewTokens tasklet) {
    return runs.step(ISSUE, tasklet);
  }

  @Bean
  Step renewalDeliver(DeliverRenewal tasklet) {
    return runs.step(DELIVER, tasklet);
  }
}
