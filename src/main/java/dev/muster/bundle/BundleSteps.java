package dev.muster.bundle;

import dev.muster.run.PartitionNumber;
import dev.muster.run.RunStep;
import dev.muster.run.RunStep.Counts;
import dev.muster.run.RunSteps;
import dev.muster.run.StepProgressed;
import org.springframework.batch.core.configuration.annotation.StepScope;
import org.springframework.batch.core.partition.Partitioner;
import org.springframework.batch.core.step.Step;
import org.springframework.batch.core.step.StepExecution;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * The two steps with which every job ends that issues tokens:
 *
 * <pre>
 * issue     devices of a part ▶ token ▶ encrypt ▶ part              partitioned by parts of the bundle
 * deliver   receipt and parts appear in the outbox                  intent, one rename, devices by pages
 * </pre>
 *
 * <p>A step before them begins the bundle.
 */
@Configuration(proxyBeanMethods = false)
public class BundleSteps {

  public static final RunStep ISSUE = RunStep.partitioned("issue", "Issue tokens", Counts.TOKENS);
  public static final RunStep DELIVER = RunStep.of("deliver", "Deliver the bundle", Counts.NOTHING);

  private final RunSteps runs;

  BundleSteps(RunSteps runs) {
    this.runs = runs;
  }

  @Bean
  Step issue(Partitioner parts, Step issuePart, Bundles bundles) {
    return runs.partitioned(ISSUE, parts, issuePart, step -> bundles.of(step).devices());
  }

  @Bean
  @StepScope
  Partitioner parts(
      @Value("#{stepExecution}") StepExecution step, Bundles bundles, PartIssuing issuing) {
    return gridSize -> {
      Bundle bundle = issuing.asThingsAre(bundles.of(step), step);
      issuing.begin(bundle);
      return PartitionNumber.upTo(bundle.parts());
    };
  }

  @Bean
  Step issuePart(Bundles bundles, PartIssuing issuing, ApplicationEventPublisher events) {
    return runs.step(
        ISSUE,
        contribution -> {
          StepExecution step = contribution.getStepExecution();
          Bundle bundle = bundles.of(step);
          long tokens = issuing.makeOnce(bundle, PartitionNumber.of(step), contribution);
          contribution.incrementWriteCount(tokens);
          events.publishEvent(
              new StepProgressed(step.getJobExecutionId(), ISSUE, tokens, bundle.devices()));
        });
  }

  @Bean
  Step deliver(DeliverBundle deliverBundle) {
    return runs.step(DELIVER, deliverBundle);
  }
}
