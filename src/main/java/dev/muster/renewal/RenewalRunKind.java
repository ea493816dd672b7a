package dev.muster.renewal;

import dev.muster.bundle.BundleSteps;
import dev.muster.manifest.RejectLimit;
import dev.muster.run.ExecutionDetail;
import dev.muster.run.ExecutionDetail.StepProgress;
import dev.muster.run.RunKind;
import dev.muster.run.RunOutcome;
import dev.muster.run.RunStep;
import dev.muster.run.RunSubject;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.batch.core.job.JobExecution;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** Runs of the job {@code renew-tokens}. */
@Component
class RenewalRunKind implements RunKind {

  private final RenewalRuns runs;
  private final JdbcClient jdbc;

  RenewalRunKind(RenewalRuns runs, JdbcClient jdbc) {
    this.runs = runs;
    this.jdbc = jdbc;
  }

  @Override
  public String job() {
    return RenewTokensJob.JOB;
  }

  @Override
  public String title() {
    return "Renew tokens";
  }

  @Override
  public String noun() {
    return "bundle";
  }

  @Override
  public List<RunStep> steps() {
    return List.of(RenewTokensJob.SELECT, BundleSteps.ISSUE, BundleSteps.DELIVER);
  }

  @Override
  public RunSubject subject(Map<String, String> asked) {
    return jdbc.sql("SELECT devices FROM renewal WHERE renewal_id = ?")
        .param(Long.parseLong(asked.getOrDefault(RenewalParameters.RENEWAL, "0")))
        .query(
            (row, number) -> {
              Long devices = row.getObject(1, Long.class);
              return new RunSubject(null, null, devices, devices);
            })
        .optional()
        .orElse(RunSubject.UNKNOWN);
  }

  @Override
  public RunOutcome restart(JobExecution last, @Nullable RejectLimit maxRejects) {
    return runs.restart(last);
  }

  @Override
  public String words(RunOutcome outcome) {
    return switch (outcome.status()) {
      case "COMPLETED" -> outcome.delivered() ? "renewed" : "no device was left to renew";
      case "STOPPED" -> "stopped; it can be restarted";
      default -> "failed; it can be restarted";
    };
  }

  @Override
  public Map<String, Long> numbers(RunOutcome outcome) {
    Map<String, Long> numbers = new LinkedHashMap<>();
    numbers.put("devices", Objects.requireNonNullElse(outcome.rows(), 0L));
    numbers.put("tokens", Objects.requireNonNullElse(outcome.accepted(), 0L));
    return numbers;
  }

  @Override
  public List<String> restarting(ExecutionDetail run) {
    StepProgress issue = run.step(BundleSteps.ISSUE);
    return List.of(
        issue.total() == null
            ? "It begins with the selection of devices: no token was issued."
            : "It continues with the tokens: %,d of %,d are in finished parts of the bundle and stay."
                .formatted(issue.done(), issue.total()));
  }

  @Override
  public String abandoned(ExecutionDetail run) {
    return "Its devices keep the tokens they have, and can be selected for another renewal.";
  }

  @Override
  public void abandon(JobExecution execution) throws IOException {
    runs.abandon(execution);
  }
}
