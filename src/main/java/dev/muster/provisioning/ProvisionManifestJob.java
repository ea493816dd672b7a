package dev.muster.provisioning;

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
import org.springframework.core.task.SimpleAsyncTaskExecutor;
import org.springframework.core.task.support.ContextPropagatingTaskDecorator;
import org.springframework.transaction.PlatformTransactionManager;

/**
 * The whole job, in the order it runs:
 *
 * <pre>
 * receive   copy to the spool, SHA-256, checks, split points        one pass over the file
 * load      parse ▶ validate ▶ sort ▶ COPY                          partitioned by ranges of the file
 * settle    totals; too many rejects end the run here               before any token exists
 * issue     read registry ▶ token ▶ encrypt ▶ part                  partitioned by parts of the bundle
 * deliver   rejects, receipt and parts appear in the outbox         one rename, one transaction
 * </pre>
 *
 * <p>Every step keeps what it must remember in its own execution context or in our tables, never in
 * the job's context: Spring Batch saves that one only after the step is COMPLETED, so a kill in
 * between would lose it.
 */
@Configuration
@EnableConfigurationProperties(ProvisioningProperties.class)
public class ProvisionManifestJob {

  public static final String JOB = "provision-manifest";

  /** The exit code of a run whose manifest was refused as a whole: a restart can't help. */
  public static final String REFUSED = "REFUSED";

  /** The exit code of a run that was taken back: there is nothing left to restart. */
  public static final String WITHDRAWN = "WITHDRAWN";

  /** The exit code of a run that an operator must decide about: a higher limit, or withdraw. */
  public static final String TOO_MANY_REJECTS = "TOO_MANY_REJECTS";

  public static final String RECEIVE = "receive";
  public static final String LOAD = "load";
  public static final String SETTLE = "settle";
  public static final String ISSUE = "issue";
  public static final String DELIVER = "deliver";

  private final JobRepository jobRepository;
  private final PlatformTransactionManager transactionManager;
  private final ProvisioningProperties properties;

  ProvisionManifestJob(
      JobRepository jobRepository,
      PlatformTransactionManager transactionManager,
      ProvisioningProperties properties) {
    this.jobRepository = jobRepository;
    this.transactionManager = transactionManager;
    this.properties = properties;
  }

  @Bean
  Job provisionManifest(
      Step receive,
      Step load,
      Step settle,
      Step issue,
      Step deliver,
      CauseOfFailure causeOfFailure,
      RunLog runLog,
      OrderlyStop orderlyStop) {
    return new JobBuilder(JOB, jobRepository)
        .start(receive)
        .next(load)
        .next(settle)
        .next(issue)
        .next(deliver)
        .listener(orderlyStop)
        .listener(runLog)
        .listener(causeOfFailure)
        .build();
  }

  // receive

  @Bean
  Step receive(ReceiveManifest receiveManifest) {
    return new StepBuilder(RECEIVE, jobRepository)
        .tasklet(receiveManifest, transactionManager)
        .build();
  }

  // load: one worker for each range that receive found

  @Bean
  Step load(Partitioner ranges, Step loadRange, AsyncTaskExecutor partitionExecutor) {
    return new StepBuilder(LOAD, jobRepository)
        .partitioner(LOAD, ranges)
        .step(loadRange)
        .gridSize(properties.partitions())
        .taskExecutor(partitionExecutor)
        .build();
  }

  @Bean
  @StepScope
  Partitioner ranges(@Value("#{stepExecution}") StepExecution step, EarlierSteps earlierSteps) {
    return gridSize -> PartitionNumber.upTo(earlierSteps.received(step).ranges().size());
  }

  @Bean
  Step loadRange(LoadDevices loadDevices) {
    return new StepBuilder(LOAD, jobRepository)
        .tasklet(loadDevices, transactionManager).stream(loadDevices).build();
  }

  // settle

  @Bean
  Step settle(SettleManifest settleManifest) {
    return new StepBuilder(SETTLE, jobRepository)
        .tasklet(settleManifest, transactionManager)
        .build();
  }

  // issue: one worker for each part that settle planned

  @Bean
  Step issue(Partitioner parts, Step issuePart, AsyncTaskExecutor partitionExecutor) {
    return new StepBuilder(ISSUE, jobRepository)
        .partitioner(ISSUE, parts)
        .step(issuePart)
        .gridSize(properties.partitions())
        .taskExecutor(partitionExecutor)
        .build();
  }

  @Bean
  @StepScope
  Partitioner parts(@Value("#{stepExecution}") StepExecution step, EarlierSteps earlierSteps) {
    return gridSize -> PartitionNumber.upTo(earlierSteps.settled(step).parts());
  }

  @Bean
  Step issuePart(IssueTokens issueTokens) {
    return new StepBuilder(ISSUE, jobRepository).tasklet(issueTokens, transactionManager).build();
  }

  // deliver

  @Bean
  Step deliver(DeliverBundle deliverBundle) {
    return new StepBuilder(DELIVER, jobRepository)
        .tasklet(deliverBundle, transactionManager)
        .build();
  }

  /**
   * Where a partitioned step takes its workers' threads from: each step its own, so that a small
   * manifest does not wait for the parts of a giant one.
   */
  @Bean
  @StepScope
  AsyncTaskExecutor partitionExecutor() {
    SimpleAsyncTaskExecutor executor = new SimpleAsyncTaskExecutor("partition-");
    executor.setConcurrencyLimit(properties.partitions());
    executor.setDaemon(true);
    // Their traces are part of the run's.
    executor.setTaskDecorator(new ContextPropagatingTaskDecorator());
    return executor;
  }
}
