package dev.muster.run;

import dev.muster.manifest.RejectLimit;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.batch.core.job.JobExecution;

/**
 * What a run of one job is: to people, and to those who restart it or give it up. Each job has one
 * bean of it in its module.
 *
 * <p>Every run has the job parameter {@link #NAME}, and, where it makes sense, the others.
 */
public interface RunKind {

  /** The job parameter that says what people call what is run. */
  String NAME = "name";

  /** The job parameter that says whose it is. */
  String FACTORY = "factory";

  /** The job parameter with the SHA-256 of what is run. */
  String SHA256 = "sha256";

  /** The job parameter with the number of the arrival that brought what is run. */
  String ARRIVAL = "arrival";

  /** The job parameter that says where what is run was received. */
  String CONTENT = "content";

  /** The job parameter with the limit of refused rows. */
  String MAX_REJECTS = "maxRejects";

  /** What a kind of run delivers that issues tokens. */
  String BUNDLE = "bundle";

  /** The job's name, such as {@code provision-manifest}. */
  String job();

  /** What the job does, such as {@code Provision a manifest}. */
  String title();

  /** What is run, such as {@code manifest}. */
  String noun();

  /** The job's steps, in their order. */
  List<RunStep> steps();

  /** What a run is about. */
  RunSubject subject(Map<String, String> asked);

  /**
   * Continues a run where it stopped.
   *
   * @param maxRejects another limit of refused rows than before, or null for the same
   */
  RunOutcome restart(JobExecution last, @Nullable RejectLimit maxRejects);

  /** What a run came to, in few words: {@code provisioned, with rejected rows}. */
  String words(RunOutcome outcome);

  /** What a run came to in numbers, each with what is counted, in their order. */
  Map<String, Long> numbers(RunOutcome outcome);

  /** What a run has come to in numbers, as {@link #numbers(RunOutcome)}; none before it has. */
  default Map<String, Long> numbers(RunSubject subject) {
    return Map.of();
  }

  /** What an operator can do about a run that waits for a decision, in sentences with commands. */
  default List<String> decisions(RunOutcome outcome) {
    return List.of();
  }

  /** What lies in the outbox then: {@code bundle}, of tokens; or something else. */
  default String delivers() {
    return BUNDLE;
  }

  /** What a restart does now, in sentences. */
  List<String> restarting(ExecutionDetail run);

  /** What a stop does now, in sentences. */
  default List<String> stopping(ExecutionDetail run) {
    return List.of(
        "It stops behind the chunk that it is at; that may take some seconds.",
        "What it has done stays; a restart continues behind it.");
  }

  /** What holds once the run is given up, as a sentence. */
  String abandoned(ExecutionDetail run);

  /** Where the content lies that a run was given; empty of a kind that is given none. */
  default Optional<Path> content(JobExecution execution) {
    return Optional.empty();
  }

  /** Does what is to be done of its own when a run is given up. */
  default void abandon(JobExecution execution) throws IOException {}

  /** What a withdrawal does now, in sentences; whether it can be done. */
  default Possible withdrawing(ExecutionDetail run) {
    return new Possible(false, List.of(nothingToWithdraw(run.summary().execution())));
  }

  /**
   * Takes back what a run brought to the registry. Returns how many devices left it.
   *
   * @param alongside is done in the transaction that takes it back
   */
  default long withdraw(JobExecution execution, Runnable alongside) throws IOException {
    throw new OperationRefusedException(nothingToWithdraw(execution.getId()));
  }

  /** Whether what a run brought was taken back; the run itself may not say so yet. */
  default boolean withdrawn(JobExecution execution) {
    return false;
  }

  /** What a run came to that may refuse rows: done so, or why not. */
  static String words(RunOutcome outcome, String done) {
    return switch (outcome.status()) {
      case "COMPLETED" ->
          outcome.rejected() == null || outcome.rejected() == 0
              ? done
              : done + ", with rejected rows";
      case "STOPPED" -> "stopped; it can be restarted";
      default -> outcome.ending() == RunOutcome.Ending.REFUSED ? "refused" : "failed";
    };
  }

  /** Rows, accepted and rejected ones, once they are counted. */
  static Map<String, Long> counts(String rows, RunOutcome outcome) {
    return outcome.rows() == null || outcome.accepted() == null || outcome.rejected() == null
        ? Map.of()
        : counts(
            rows,
            outcome.rows(),
            outcome.accepted(),
            outcome.updated(),
            outcome.unchanged(),
            outcome.rejected());
  }

  /** The same of what is known otherwise. */
  static Map<String, Long> counts(
      String rows,
      long all,
      long accepted,
      @Nullable Long updated,
      @Nullable Long unchanged,
      long rejected) {
    Map<String, Long> counts = new LinkedHashMap<>();
    counts.put(rows, all);
    counts.put("accepted", accepted);
    if (updated != null && updated > 0) {
      counts.put("updated", updated);
    }
    if (unchanged != null && unchanged > 0) {
      counts.put("unchanged", unchanged);
    }
    counts.put("rejected", rejected);
    return counts;
  }

  private String nothingToWithdraw(long execution) {
    return "Execution %d is one of job %s, not of a manifest.".formatted(execution, job());
  }

  /** Whether something can be done as things stand; if not, the sentences say why. */
  record Possible(boolean possible, List<String> sentences) {}
}
