package dev.muster.renewal;

import dev.muster.run.RunStep;
import dev.muster.run.RunStep.Counts;
import dev.muster.run.RunSteps;
import org.springframework.batch.core.job.Job;
import org.springframework.batch.core.step.Step;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * The whole job, in the order it runs:
 *
 * <pre>
 * select    the devices, in parts; the keys are fixed               one transaction
 * issue     devices ▶ token ▶ encrypt ▶ part                        see BundleSteps
 * deliver   receipt and parts appear in the outbox                  see BundleSteps
 * </pre>
 *
 * <p>What a step must remember stands in the renewal's row and its bundle's.
 */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(RenewalProperties.class)
public class RenewTokensJob {

  public static final String JOB = "renew-tokens";

  public static final RunStep SELECT = RunStep.of("select", "Select devices", Counts.NOTHING);

  private final RunSteps runs;

  RenewTokensJob(RunSteps runs) {
    this.runs = runs;
  }

  @Bean
  Job renewTokens(Step renewalSelect, Step issue, Step deliver) {
    return runs.job(JOB, renewalSelect, issue, deliver);
  }

  @Bean
  Step renewalSelect(SelectDevices tasklet) {
    return runs.step(SELECT, tasklet);
  }
}
