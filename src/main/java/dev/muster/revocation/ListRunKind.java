package dev.muster.revocation;

import dev.muster.manifest.RejectLimit;
import dev.muster.run.ExecutionDetail;
import dev.muster.run.ExecutionDetail.StepProgress;
import dev.muster.run.RunKind;
import dev.muster.run.RunOutcome;
import dev.muster.run.RunStep;
import dev.muster.run.RunSubject;
import dev.muster.store.ReceivedContent;
import dev.muster.store.Spool;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.batch.core.job.JobExecution;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** Runs of the job {@code apply-revocations}. */
@Component
class ListRunKind implements RunKind {

  private final RevocationRuns runs;
  private final RevocationLists lists;
  private final ReceivedContent contents;
  private final Spool spool;
  private final JdbcClient jdbc;

  ListRunKind(
      RevocationRuns runs,
      RevocationLists lists,
      ReceivedContent contents,
      Spool spool,
      JdbcClient jdbc) {
    this.runs = runs;
    this.lists = lists;
    this.contents = contents;
    this.spool = spool;
    this.jdbc = jdbc;
  }

  @Override
  public String job() {
    return ApplyRevocationsJob.JOB;
  }

  @Override
  public String title() {
    return "Apply a revocation list";
  }

  @Override
  public String noun() {
    return "list";
  }

  @Override
  public List<RunStep> steps() {
    return List.of(
        ApplyRevocationsJob.RECEIVE,
        ApplyRevocationsJob.WEIGH,
        ApplyRevocationsJob.APPLY,
        ApplyRevocationsJob.REPORT);
  }

  @Override
  public RunSubject subject(Map<String, String> asked) {
    return jdbc.sql(
            """
            SELECT list_id, rows FROM revocation_list
             WHERE sha256 = :sha256 AND coalesce(factory, '') = :factory
               AND coalesce(arrival_id, 0) = :arrival AND round = :round\
            """)
        .param("sha256", asked.get(SHA256))
        .param("factory", asked.getOrDefault(FACTORY, ""))
        .param("arrival", Long.parseLong(asked.getOrDefault(ARRIVAL, "0")))
        .param("round", Long.parseLong(asked.getOrDefault(ListParameters.ROUND, "0")))
        .query((row, number) -> new RunSubject(null, row.getInt(1), row.getLong(2), null))
        .optional()
        .orElse(RunSubject.UNKNOWN);
  }

  @Override
  public RunOutcome restart(JobExecution last, @Nullable RejectLimit maxRejects) {
    return runs.restart(last, maxRejects);
  }

  @Override
  public String words(RunOutcome outcome) {
    return outcome.status().equals(RunOutcome.HELD)
        ? "held, until a second person approves it"
        : RunKind.words(outcome, "applied");
  }

  @Override
  public List<String> decisions(RunOutcome outcome) {
    if (outcome.status().equals(RunOutcome.HELD)) {
      return List.of(
          "To apply it, another person approves it in the console, by API, or with jobs/revoke --approve %d."
              .formatted(lists.ofRun(outcome.execution()).orElseThrow()));
    }
    return outcome.ending() == RunOutcome.Ending.UNDECIDED
        ? List.of(
            "To apply the rest of it all the same: jobs/restart %d --max-rejects …"
                .formatted(outcome.execution()))
        : List.of();
  }

  @Override
  public Map<String, Long> numbers(RunOutcome outcome) {
    return RunKind.counts("entries", outcome);
  }

  @Override
  public String delivers() {
    return "report";
  }

  @Override
  public List<String> restarting(ExecutionDetail run) {
    StepProgress apply = run.step(ApplyRevocationsJob.APPLY);
    return List.of(
        apply.total() == null
            ? "It begins from the start: nothing of the list was applied."
            : "It continues at entry %,d of %,d; what was applied before stays applied."
                .formatted(Math.min(apply.done() + 1, apply.total()), apply.total()));
  }

  @Override
  public Optional<Path> content(JobExecution execution) {
    return Optional.of(ListParameters.of(execution).spooledIn(spool));
  }

  @Override
  public void abandon(JobExecution execution) throws IOException {
    ListParameters list = ListParameters.of(execution);
    lists.giveUp(list.run());
    contents.remove(list.spooledIn(spool));
  }

  @Override
  public String abandoned(ExecutionDetail run) {
    return "What it applied stands; for the rest, send its entries in another list.";
  }
}
