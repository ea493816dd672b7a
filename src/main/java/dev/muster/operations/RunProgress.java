package dev.muster.operations;

import dev.muster.operations.ExecutionDetail.StepProgress;
import dev.muster.operations.ExecutionSummary.StepSummary;
import dev.muster.provisioning.ProvisionManifestJob;
import dev.muster.renewal.RenewTokensJob;
import dev.muster.revocation.ApplyRevocationsJob;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/**
 * How far runs are, from what their chunks committed: so it is the same whichever process asks, and
 * true after a crash.
 */
@Component
class RunProgress {

  /** As we call the steps of jobs, in their order. */
  private static final Map<String, List<String>> STEPS =
      Map.of(
          ProvisionManifestJob.JOB,
          List.of(
              ProvisionManifestJob.RECEIVE,
              ProvisionManifestJob.LOAD,
              ProvisionManifestJob.SETTLE,
              ProvisionManifestJob.ISSUE,
              ProvisionManifestJob.DELIVER),
          ApplyRevocationsJob.JOB,
          List.of(
              ApplyRevocationsJob.RECEIVE, ApplyRevocationsJob.APPLY, ApplyRevocationsJob.REPORT),
          RenewTokensJob.JOB,
          List.of(RenewTokensJob.SELECT, RenewTokensJob.ISSUE, RenewTokensJob.DELIVER));

  private final JdbcClient jdbc;
  private final Clock clock;

  RunProgress(JdbcClient jdbc, Clock clock) {
    this.jdbc = jdbc;
    this.clock = clock;
  }

  /**
   * What a run is about.
   *
   * @param rows of the manifest or list, or devices of the renewal; null until received
   * @param devices how many tokens there are to issue; null until that is known
   */
  record Run(
      @Nullable Integer manifest,
      @Nullable Integer list,
      @Nullable Long rows,
      @Nullable Long devices) {

    static final Run UNKNOWN = new Run(null, null, null, null);
  }

  /** What the run with these parameters is about. */
  Run of(String job, Map<String, String> asked) {
    return switch (job) {
      case ProvisionManifestJob.JOB -> ofManifest(asked);
      case ApplyRevocationsJob.JOB -> ofList(asked);
      case RenewTokensJob.JOB -> ofRenewal(asked);
      default -> Run.UNKNOWN;
    };
  }

  private Run ofManifest(Map<String, String> asked) {
    return jdbc.sql(
            """
            SELECT manifest_id, rows,
                   coalesce(accepted, (SELECT sum(devices) FROM loaded_lines l WHERE l.manifest_id = m.manifest_id)) AS devices
              FROM manifest m WHERE factory = ? AND sha256 = ? ORDER BY manifest_id LIMIT 1 OFFSET ?\
            """)
        .param(asked.get("factory"))
        .param(asked.get("sha256"))
        .param(Long.parseLong(asked.getOrDefault("round", "0")))
        .query(
            (row, number) ->
                new Run(row.getInt(1), null, row.getLong(2), row.getObject("devices", Long.class)))
        .optional()
        .orElse(Run.UNKNOWN);
  }

  private Run ofList(Map<String, String> asked) {
    return jdbc.sql(
            """
            SELECT list_id, rows FROM revocation_list
             WHERE sha256 = :sha256 AND coalesce(factory, '') = :factory
               AND coalesce(arrival_id, 0) = :arrival AND round = :round\
            """)
        .param("sha256", asked.get("sha256"))
        .param("factory", asked.getOrDefault("factory", ""))
        .param("arrival", Long.parseLong(asked.getOrDefault("arrival", "0")))
        .param("round", Long.parseLong(asked.getOrDefault("round", "0")))
        .query((row, number) -> new Run(null, row.getInt(1), row.getLong(2), null))
        .optional()
        .orElse(Run.UNKNOWN);
  }

  private Run ofRenewal(Map<String, String> asked) {
    return jdbc.sql("SELECT devices FROM renewal WHERE renewal_id = ?")
        .param(Long.parseLong(asked.getOrDefault("renewal", "0")))
        .query(
            (row, number) -> {
              Long devices = row.getObject(1, Long.class);
              return new Run(null, null, devices, devices);
            })
        .optional()
        .orElse(Run.UNKNOWN);
  }

  /**
   * The job's steps in their order.
   *
   * @param executions of the run, oldest first
   */
  List<StepProgress> steps(String job, Run run, List<ExecutionSummary> executions) {
    ExecutionSummary last = executions.get(executions.size() - 1);
    return STEPS.getOrDefault(job, List.of()).stream()
        .map(step -> progress(step, run, executions, last))
        .toList();
  }

  private StepProgress progress(
      String step, Run run, List<ExecutionSummary> executions, ExecutionSummary last) {
    StepSummary own = null;
    long done = 0;
    long doneNow = 0;
    for (ExecutionSummary execution : executions) {
      for (StepSummary one : execution.steps()) {
        if (one.name().equals(step)) {
          own = one;
        }
        if (stem(one.name()).equals(step)) {
          long more = counted(one);
          done += more;
          doneNow += execution.execution() == last.execution() ? more : 0;
        }
      }
    }
    boolean counts =
        step.equals(ProvisionManifestJob.LOAD)
            || step.equals(ProvisionManifestJob.ISSUE)
            || step.equals(ApplyRevocationsJob.APPLY);
    Long total =
        !counts ? null : step.equals(ProvisionManifestJob.ISSUE) ? run.devices() : run.rows();
    String status = own == null ? "WAITING" : status(own, last);
    return new StepProgress(
        step,
        status,
        total == null ? done : Math.min(done, total),
        total,
        step.equals(ProvisionManifestJob.ISSUE) ? "tokens" : "rows",
        speed(status, own, doneNow));
  }

  /** A step that a dead process left as running is not. */
  private static String status(StepSummary step, ExecutionSummary last) {
    boolean unfinished = step.status().equals("STARTED") || step.status().equals("STARTING");
    return unfinished && !last.running() ? last.status() : step.status();
  }

  private @Nullable Double speed(String status, @Nullable StepSummary step, long doneNow) {
    Instant since = step == null ? null : step.startedAt();
    if (!status.equals("STARTED") || since == null || doneNow == 0) {
      return null;
    }
    Duration passed = Duration.between(since, clock.instant());
    return passed.toMillis() <= 0 ? null : doneNow * 1e3 / passed.toMillis();
  }

  /** A partitioned step's own execution adds its workers' up when it ends; only theirs count. */
  private static long counted(StepSummary step) {
    boolean worker = step.name().contains(":");
    boolean alone = step.name().equals(ApplyRevocationsJob.APPLY);
    if (!worker && !alone) {
      return 0;
    }
    return stem(step.name()).equals(ProvisionManifestJob.ISSUE)
        ? step.written() + step.refused()
        : step.read();
  }

  private static String stem(String step) {
    int colon = step.indexOf(':');
    return Objects.requireNonNull(colon < 0 ? step : step.substring(0, colon));
  }
}
