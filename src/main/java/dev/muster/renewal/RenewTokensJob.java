package dev.muster.renewal;

import dev.muster.provisioning.CauseOfFailure;
import dev.muster.provisioning.OrderlyStop;
import dev.muster.provisioning.PartitionNumber;
import dev.muster.provisioning.ProvisioningProperties;
import dev.muster.provisioning.RunLog;
import java.util.Objects;
import org.springframework.batch.core.configuration.annotation.StepScope;
import org.springframework.batch.core.job.Job;
import org.springframework.batch.core.job.builder.JobBuilder;
import org.springframework.batch.core.partition.Partitioner;
import org.springframework.batch.core.repository.JobRepository;
import org.springframework.batch.core.step.Step;
import org.springframework.batch.core.step.StepExecution;
import org.springframework.batch.core.step.builder.StepBuilder;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.task.AsyncTaskExecutor;
import org.springframework.transaction.PlatformTransactionManager;

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

  public static final String SELECT = "select";
  public static final String ISSUE = "issue";
  public static final String DELIVER = "deliver";

  private final JobRepository jobRepository;
  private final PlatformTransactionManager transactionManager;
  private final ProvisioningProperties properties;

  RenewTokensJob(
      JobRepository jobRepository,
      PlatformTransactionManager transactionManager,
      ProvisioningProperties properties) {
    this.jobRepository = jobRepository;
    this.transactionManager = transactionManager;
    this.properties = properties;
  }

  @Bean
  Job renewTokens(
      Step renewalSelect,
      Step renewalIssue,
      Step renewalDeliver,
      CauseOfFailure causeOfFailure,
      RunLog runLog,
      OrderlyStop orderlyStop) {
    return new JobBuilder(JOB, jobRepository)
        .start(renewalSelect)
        .next(renewalIssue)
        .next(renewalDeliver)
        .listener(orderlyStop)
        .listener(runLog)
        .listener(causeOfFailure)
        .build();
  }

  @Bean
  Step renewalSelect(SelectDevices tasklet) {
    return new StepBuilder(SELECT, jobRepository).tasklet(tasklet, transactionManager).build();
  }

  // issue: one worker for each part

  @Bean
  Step renewalIssue(
      Partitioner renewalParts, Step renewalIssuePart, AsyncTaskExecutor partitionExecutor) {
    return new StepBuilder(ISSUE, jobRepository)
        .partitioner(ISSUE, renewalParts)
        .step(renewalIssuePart)
        .gridSize(properties.partitions())
        .taskExecutor(partitionExecutor)
        .build();
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
    return new StepBuilder(ISSUE, jobRepository).tasklet(tasklet, transactionManager).build();
  }

  @Bean
  Step renewalDeliver(DeliverRenewal tasklet) {
    return new StepBuilder(DELIVER, jobRepository).tasklet(tasklet, transactionManager).build();
  }
}
