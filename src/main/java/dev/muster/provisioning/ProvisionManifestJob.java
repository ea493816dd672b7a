package dev.muster.provisioning;

import dev.muster.run.PartitionNumber;
import dev.muster.run.RunContent;
import dev.muster.run.RunStep;
import dev.muster.run.RunStep.Counts;
import dev.muster.run.RunSteps;
import dev.muster.store.ReceivedContent;
import dev.muster.store.Spool;
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
 * receive   what was found when the content came in                  one insert
 * load      parse ▶ validate ▶ sort ▶ COPY                          partitioned by ranges of the file
 * settle    totals; too many rejects end the run here               before any token exists
 * issue     devices ▶ token ▶ encrypt ▶ part                        see BundleSteps
 * deliver   rejects, receipt and parts appear in the outbox         see BundleSteps
 * </pre>
 *
 * <p>Every step keeps what it must remember in its own execution context or in our tables, never in
 * the job's context: Spring Batch saves that one only after the step is COMPLETED, so a kill in
 * between would lose it.
 */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(ProvisioningProperties.class)
public class ProvisionManifestJob {

  public static final String JOB = "provision-manifest";

  public static final RunStep RECEIVE = RunStep.of("receive", "Receive", Counts.BYTES);
  public static final RunStep LOAD = RunStep.partitioned("load", "Load devices", Counts.ROWS);
  public static final RunStep SETTLE = RunStep.of("settle", "Settle", Counts.NOTHING);

  private final RunSteps runs;

  ProvisionManifestJob(RunSteps runs) {
    this.runs = runs;
  }

  @Bean
  Job provisionManifest(
      ReceivedContent contents,
      Spool spool,
      Step receive,
      Step load,
      Step settle,
      Step issue,
      Step deliver) {
    RunContent content =
        new RunContent(contents, execution -> RunParameters.of(execution).spooledIn(spool));
    return runs.job(JOB, content, receive, load, settle, issue, deliver);
  }

  @Bean
  Step receive(ReceiveManifest receiveManifest) {
    return runs.step(RECEIVE, receiveManifest);
  }

  // load: one worker for each range that receive found

  @Bean
  Step load(Partitioner ranges, Step loadRange, EarlierSteps earlierSteps) {
    return runs.partitioned(LOAD, ranges, loadRange, step -> earlierSteps.received(step).rows());
  }

  @Bean
  @StepScope
  Partitioner ranges(@Value("#{stepExecution}") StepExecution step, EarlierSteps earlierSteps) {
    return gridSize -> PartitionNumber.upTo(earlierSteps.received(step).ranges().size());
  }

  @Bean
  Step loadRange(LoadDevices loadDevices) {
    return runs.step(LOAD, loadDevices);
  }

  @Bean
  Step settle(SettleManifest settleManifest) {
    return runs.step(SETTLE, settleManifest);
  }
}
