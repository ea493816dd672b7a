package dev.muster.revocation;

import dev.muster.provisioning.CauseOfFailure;
import dev.muster.provisioning.OrderlyStop;
import dev.muster.provisioning.RunLog;
import org.springframework.batch.core.job.Job;
import org.springframework.batch.core.job.builder.JobBuilder;
import org.springframework.batch.core.repository.JobRepository;
import org.springframework.batch.core.step.Step;
import org.springframework.batch.core.step.builder.StepBuilder;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.transaction.PlatformTransactionManager;

/**
 * The whole job, in the order it runs:
 *
 * <pre>
 * receive   copy to the spool, SHA-256, checks                  one pass over the file
 * apply     parse ▶ judge ▶ status, history, work for the hub   one transaction a chunk
 * report    rejects and receipt appear in the outbox            one rename
 * </pre>
 *
 * <p>One worker applies, not several: changes of status happen one after the other anyway (see
 * StatusLock), and a chunk is one statement that keeps the database busy.
 */
@Configuration
public class ApplyRevocationsJob {

  public static final String JOB = "apply-revocations";

  public static final String RECEIVE = "receive";
  public static final String APPLY = "apply";
  public static final String REPORT = "report";

  private final JobRepository jobRepository;
  private final PlatformTransactionManager transactionManager;

  ApplyRevocationsJob(JobRepository jobRepository, PlatformTransactionManager transactionManager) {
    this.jobRepository = jobRepository;
    this.transactionManager = transactionManager;
  }

  @Bean
  Job applyRevocations(
      Step listReceive,
      Step listApply,
      Step listReport,
      CauseOfFailure causeOfFailure,
      RunLog runLog,
      OrderlyStop orderlyStop) {
    return new JobBuilder(JOB, jobRepository)
        .start(listReceive)
        .next(listApply)
        .next(listReport)
        .listener(orderlyStop)
        .listener(runLog)
        .listener(causeOfFailure)
        .build();
  }

  @Bean
  Step listReceive(ReceiveList tasklet) {
    return new StepBuilder(RECEIVE, jobRepository).tasklet(tasklet, transactionManager).build();
  }

  @Bean
  Step listApply(ApplyEntries tasklet) {
    return new StepBuilder(APPLY, jobRepository)
        .tasklet(tasklet, transactionManager).stream(tasklet).build();
  }

  @Bean
  Step listReport(ReportList tasklet) {
    return new StepBuilder(REPORT, jobRepository).tasklet(tasklet, transactionManager).build();
  }
}
