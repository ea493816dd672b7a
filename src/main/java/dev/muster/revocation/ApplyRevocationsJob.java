package dev.muster.revocation;

import dev.muster.run.RunContent;
import dev.muster.run.RunStep;
import dev.muster.run.RunStep.Counts;
import dev.muster.run.RunSteps;
import dev.muster.store.ReceivedContent;
import dev.muster.store.Spool;
import org.springframework.batch.core.job.Job;
import org.springframework.batch.core.step.Step;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * The whole job, in the order it runs:
 *
 * <pre>
 * receive   what was found when the content came in             one insert
 * weigh     held against the registry: too much? ─▶ waits    reads only
 * apply     parse ▶ judge ▶ status, history, work for the hub   one transaction a chunk
 * report    rejects and receipt appear in the outbox            one rename
 * </pre>
 *
 * <p>One worker applies, not several: changes of status happen one after the other anyway (see
 * StatusLock), and a chunk is one statement that keeps the database busy.
 */
@Configuration(proxyBeanMethods = false)
public class ApplyRevocationsJob {

  public static final String JOB = "apply-revocations";

  public static final RunStep RECEIVE = RunStep.of("receive", "Receive", Counts.BYTES);
  public static final RunStep WEIGH = RunStep.of("weigh", "Weigh", Counts.NOTHING);
  public static final RunStep APPLY = RunStep.of("apply", "Apply", Counts.ROWS);
  public static final RunStep REPORT = RunStep.of("report", "Report", Counts.NOTHING);

  private final RunSteps runs;

  ApplyRevocationsJob(RunSteps runs) {
    this.runs = runs;
  }

  @Bean
  Job applyRevocations(
      ReceivedContent contents,
      Spool spool,
      Step listReceive,
      Step listWeigh,
      Step listApply,
      Step listReport) {
    RunContent content =
        new RunContent(contents, execution -> ListParameters.of(execution).spooledIn(spool));
    return runs.job(JOB, content, listReceive, listWeigh, listApply, listReport);
  }

  @Bean
  Step listReceive(ReceiveList tasklet) {
    return runs.step(RECEIVE, tasklet);
  }

  @Bean
  Step listWeigh(WeighList tasklet) {
    return runs.step(WEIGH, tasklet);
  }

  @Bean
  Step listApply(ApplyEntries tasklet) {
    return runs.step(APPLY, tasklet);
  }

  @Bean
  Step listReport(ReportList tasklet) {
    return runs.step(REPORT, tasklet);
  }
}
