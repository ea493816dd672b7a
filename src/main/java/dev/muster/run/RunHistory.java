package dev.muster.run;

import dev.muster.access.AuditLog.Outcome;
import dev.muster.access.Caller;
import dev.muster.access.Callers;
import dev.muster.access.Permission;
import dev.muster.audit.AuditTrail.Line;
import dev.muster.audit.RunEntries;
import dev.muster.run.ExecutionSummary.StepSummary;
import dev.muster.run.Executions.Status;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/**
 * The history of job executions, read from Spring Batch's own tables in two queries however long it
 * is. A factory's account sees its own; what else a caller may see, {@link Executions} and those
 * who use this see to.
 */
@Component
public class RunHistory {

  private static final String SELECT_EXECUTIONS =
      """
      SELECT e.job_execution_id, e.job_instance_id, i.job_name, e.status, e.start_time, e.end_time, e.create_time,
             e.exit_code, e.exit_message, %s AS lock_key,
             max(p.parameter_value) FILTER (WHERE p.parameter_name = 'name')     AS name,
             max(p.parameter_value) FILTER (WHERE p.parameter_name = 'factory')  AS factory,
             max(p.parameter_value) FILTER (WHERE p.parameter_name = 'sha256')   AS sha256
        FROM (SELECT e.* FROM batch_job_execution e JOIN batch_job_instance i USING (job_instance_id)
               WHERE (:mine::text IS NULL
                      OR EXISTS (SELECT FROM batch_job_execution_params p
                                  WHERE p.job_execution_id = e.job_execution_id
                                    AND p.parameter_name = 'factory' AND p.parameter_value = :mine::text))
                 AND (%%s)
               ORDER BY e.job_execution_id DESC LIMIT :limit) e
        JOIN batch_job_instance i USING (job_instance_id)
        LEFT JOIN batch_job_execution_params p USING (job_execution_id)
       GROUP BY e.job_execution_id, e.job_instance_id, e.status, e.start_time, e.end_time, e.create_time, e.exit_code,
                e.exit_message, i.job_instance_id
       ORDER BY e.job_execution_id DESC\
      """
          .formatted(RunLock.KEY);

  private static final String STOPPED_CAUSE =
      "It was stopped. Restarted, it goes on where it stopped.";

  private static final String UNFINISHED = "e.status IN ('STARTING', 'STARTED', 'STOPPING')";

  /** Whether somebody holds the run's lock. */
  private static final String ALIVE = "(" + RunLock.KEY + " = ANY (:alive))";

  /** By what people call a status. */
  private final JdbcClient jdbc;

  private final RunLock runLock;
  private final RunProgress runProgress;
  private final RunKinds kinds;
  private final RunEntries runEntries;

  RunHistory(
      JdbcClient jdbc,
      RunLock runLock,
      RunProgress runProgress,
      RunKinds kinds,
      RunEntries runEntries) {
    this.jdbc = jdbc;
    this.runLock = runLock;
    this.runProgress = runProgress;
    this.kinds = kinds;
    this.runEntries = runEntries;
  }

  List<ExecutionSummary> latest(int limit) {
    return list("true", Map.of(), limit);
  }

  Optional<ExecutionSummary> find(long execution) {
    return list("e.job_execution_id = :id", Map.of("id", execution), 1).stream().findFirst();
  }

  private static String condition(Status status) {
    return switch (status) {
      case RUNNING -> UNFINISHED + " AND " + ALIVE;
      case INTERRUPTED -> "((%s AND NOT %s) OR e.status = 'UNKNOWN')".formatted(UNFINISHED, ALIVE);
      case COMPLETED, FAILED, STOPPED, ABANDONED -> "e.status = '" + status + "'";
    };
  }

  List<ExecutionSummary> page(Executions.Filter filter, @Nullable Long before, int limit) {
    List<String> where = new ArrayList<>();
    Map<String, Object> parameters = new HashMap<>();
    where.add("true");
    if (before != null) {
      where.add("e.job_execution_id < :before");
      parameters.put("before", before);
    }
    if (!given(filter.job()).isEmpty()) {
      where.add("i.job_name = :job");
      parameters.put("job", given(filter.job()));
    }
    if (filter.status() != null) {
      where.add(condition(filter.status()));
      parameters.put("alive", runLock.held().toArray(Long[]::new));
    }
    if (!given(filter.factory()).isEmpty()) {
      where.add(
          """
          EXISTS (SELECT FROM batch_job_execution_params p
                   WHERE p.job_execution_id = e.job_execution_id
                     AND p.parameter_name = 'factory' AND p.parameter_value = :factory)\
          """);
      parameters.put("factory", given(filter.factory()));
    }
    if (!given(filter.text()).isEmpty()) {
      where.add(
          """
          (e.job_execution_id::text = :text
           OR EXISTS (SELECT FROM batch_job_execution_params p
                       WHERE p.job_execution_id = e.job_execution_id
                         AND p.parameter_name = 'name'
                         AND strpos(lower(p.parameter_value), lower(:text)) > 0))\
          """);
      parameters.put("text", given(filter.text()));
    }
    filter.started().limit("coalesce(e.start_time, e.create_time)", where, parameters);
    return list(String.join(" AND ", where), parameters, limit);
  }

  /** What is being worked on, oldest first. */
  public List<ExecutionSummary> running() {
    return list(
            condition(Status.RUNNING), Map.of("alive", runLock.held().toArray(Long[]::new)), 1000)
        .stream()
        .sorted(Comparator.comparingLong(ExecutionSummary::execution))
        .toList();
  }

  /**
   * The executions that can be continued: of every job instance the last one, when it failed, was
   * stopped, or was interrupted. Left out are refused manifests, whose content a restart can't
   * change, and withdrawn ones.
   *
   * @return the newest, so many at most, oldest first
   */
  public List<ExecutionSummary> restartable(int limit) {
    List<ExecutionSummary> last =
        list(
            """
            e.job_execution_id = (SELECT max(l.job_execution_id) FROM batch_job_execution l
                                   WHERE l.job_instance_id = e.job_instance_id)
            AND (e.status IN ('STOPPED', 'FAILED') OR %s)
            AND e.exit_code NOT IN ('REFUSED', 'WITHDRAWN')\
            """
                .formatted(condition(Status.INTERRUPTED)),
            Map.of("alive", runLock.held().toArray(Long[]::new)),
            limit);
    return last.stream()
        .filter(ExecutionSummary::restartable)
        .sorted(Comparator.comparingLong(ExecutionSummary::execution))
        .toList();
  }

  Optional<ExecutionDetail> detail(long execution) {
    return find(execution).map(this::detail);
  }

  private ExecutionDetail detail(ExecutionSummary summary) {
    long execution = summary.execution();
    List<ExecutionSummary> all = sameRun(execution);
    Map<String, String> asked = asked(all.get(0).execution());
    RunSubject subject = runProgress.subject(summary.job(), asked);
    Map<String, String> shown = asked(execution);
    if (Callers.factory(Permission.EXECUTION_READ) != null) {
      shown
          .keySet()
          .removeIf(name -> name.equals("file") || name.equals(RunKind.CONTENT)); // paths here
    }
    return new ExecutionDetail(
        summary,
        shown,
        subject.manifest(),
        subject.list(),
        asked.containsKey(RunKind.ARRIVAL) ? Long.valueOf(asked.get(RunKind.ARRIVAL)) : null,
        all.get(all.size() - 1).execution() == execution,
        all,
        runProgress.numbers(summary.job(), subject),
        runProgress.steps(summary.job(), subject, all),
        decisions(all));
  }

  /** Every execution of the same run, oldest first. */
  public List<ExecutionSummary> sameRun(long execution) {
    return list(
            """
            e.job_instance_id = (SELECT job_instance_id FROM batch_job_execution WHERE job_execution_id = :id)\
            """,
            Map.of("id", execution),
            1000)
        .stream()
        .sorted(Comparator.comparingLong(ExecutionSummary::execution))
        .toList();
  }

  /** Every execution of the job instance with this key, oldest first. */
  public List<ExecutionSummary> ofRun(String job, String jobKey) {
    return list("i.job_name = :job AND i.job_key = :key", Map.of("job", job, "key", jobKey), 1000)
        .stream()
        .sorted(Comparator.comparingLong(ExecutionSummary::execution))
        .toList();
  }

  /** The last execution of each of these job instances, by key. */
  public Map<String, ExecutionSummary> lastOf(String job, Collection<String> jobKeys) {
    Map<Long, String> keys = new HashMap<>();
    jdbc.sql(
            """
            SELECT max(e.job_execution_id), i.job_key
              FROM batch_job_instance i JOIN batch_job_execution e USING (job_instance_id)
             WHERE i.job_name = ? AND i.job_key = ANY (?) GROUP BY i.job_key\
            """)
        .params(job, jobKeys.toArray(String[]::new))
        .query(
            row -> {
              keys.put(row.getLong(1), row.getString(2));
            });
    Map<String, ExecutionSummary> last = new HashMap<>();
    list(
            "e.job_execution_id = ANY (:ids)",
            Map.of("ids", keys.keySet().toArray(Long[]::new)),
            jobKeys.size() + 1)
        .forEach(one -> last.put(String.valueOf(keys.get(one.execution())), one));
    return last;
  }

  /** Who did something about a run; what else they are, only who may read the audit is told. */
  public List<ExecutionDetail.Decision> decisions(List<ExecutionSummary> executions) {
    boolean all = Callers.current().may(Permission.AUDIT_READ);
    List<Line> entries =
        runEntries.of(executions.stream().map(ExecutionSummary::execution).toList());
    return IntStream.range(0, entries.size())
        .filter(at -> !begunOnly(entries.get(at), entries.subList(at + 1, entries.size())))
        .mapToObj(entries::get)
        .map(
            entry ->
                new ExecutionDetail.Decision(
                    entry.at(),
                    all ? entry.actor() : Caller.OPERATOR,
                    all ? entry.origin() : null,
                    entry.action(),
                    entry.subject(),
                    entry.outcome().name(),
                    all ? entry.problem() : null))
        .toList();
  }

  /** What was begun, and of which a later entry says how it ended. */
  private static boolean begunOnly(Line entry, List<Line> later) {
    return entry.outcome() == Outcome.STARTED
        && later.stream()
            .anyMatch(
                one ->
                    one.outcome() != Outcome.STARTED
                        && one.action().equals(entry.action())
                        && one.subject().equals(entry.subject())
                        && one.actor().equals(entry.actor()));
  }

  /** The job parameters of an execution, by name. */
  public Map<String, String> asked(long execution) {
    Map<String, String> asked = new TreeMap<>();
    jdbc.sql(
            """
            SELECT parameter_name, parameter_value FROM batch_job_execution_params
             WHERE job_execution_id = ?\
            """)
        .param(execution)
        .query(
            row -> {
              asked.put(row.getString(1), Objects.requireNonNullElse(row.getString(2), ""));
            });
    return asked;
  }

  private List<ExecutionSummary> list(String where, Map<String, ?> parameters, int limit) {
    Set<Long> alive = runLock.held();
    String mine = Callers.factory(Permission.EXECUTION_READ);
    List<Row> rows =
        jdbc.sql(SELECT_EXECUTIONS.formatted(where))
            .param("mine", mine)
            .params(parameters)
            .param("limit", limit)
            .query((row, number) -> new Row(row, alive, mine != null))
            .list();
    Map<Long, List<StepSummary>> steps = steps(rows.stream().map(row -> row.id).toList());
    return rows.stream()
        .map(row -> row.summary(title(row.job), steps.getOrDefault(row.id, List.of())))
        .toList();
  }

  private Map<Long, List<StepSummary>> steps(List<Long> executions) {
    Map<Long, List<StepSummary>> steps = new HashMap<>();
    boolean machines = Callers.factory(Permission.EXECUTION_READ) == null;
    jdbc.sql(
            """
            SELECT s.job_execution_id, step_name, status, read_count, write_count, filter_count, commit_count,
                   start_time, end_time, exit_message, worker
              FROM batch_step_execution s LEFT JOIN run_part p USING (step_execution_id)
             WHERE s.job_execution_id = ANY (?) ORDER BY step_execution_id\
            """)
        .param(executions.toArray(Long[]::new))
        .query(
            row -> {
              steps
                  .computeIfAbsent(row.getLong(1), id -> new ArrayList<>())
                  .add(
                      new StepSummary(
                          row.getString(2),
                          row.getString(3),
                          row.getLong(4),
                          row.getLong(5),
                          row.getLong(6),
                          row.getLong(7),
                          instant(row.getTimestamp(8)),
                          instant(row.getTimestamp(9)),
                          machines ? row.getString(11) : null,
                          machines ? Objects.requireNonNullElse(row.getString(10), "") : ""));
            });
    return steps;
  }

  private String title(String job) {
    return kinds.find(job).map(RunKind::title).orElse(job);
  }

  private static String given(@Nullable String text) {
    return text == null ? "" : text.strip();
  }

  private static @Nullable Instant instant(@Nullable Timestamp timestamp) {
    return timestamp == null ? null : timestamp.toInstant();
  }

  private static final class Row {
    private final long id;
    private final String job;
    private final @Nullable String name;
    private final @Nullable String factory;
    private final @Nullable String sha256;
    private final String status;
    private final @Nullable Instant startedAt;
    private final @Nullable Instant endedAt;
    private final @Nullable String cause;
    private final String exitCode;

    Row(ResultSet row, Set<Long> alive, boolean toFactory) throws SQLException {
      id = row.getLong("job_execution_id");
      job = row.getString("job_name");
      name = row.getString("name");
      factory = row.getString("factory");
      sha256 = row.getString("sha256");
      startedAt = instant(row.getTimestamp("start_time"));
      exitCode = Objects.requireNonNullElse(row.getString("exit_code"), "");
      String recorded = row.getString("status");
      boolean unfinished = Set.of("STARTING", "STARTED", "STOPPING").contains(recorded);
      if (recorded.equals("UNKNOWN") || (unfinished && !alive.contains(row.getLong("lock_key")))) {
        status = ExecutionSummary.INTERRUPTED;
        endedAt = null;
        cause = RunStart.INTERRUPTED_CAUSE;
      } else {
        status = recorded;
        endedAt = unfinished ? null : instant(row.getTimestamp("end_time"));
        cause = cause(recorded, exitCode, row.getString("exit_message"), toFactory);
      }
    }

    private static @Nullable String cause(
        String recorded, String exitCode, @Nullable String message, boolean toFactory) {
      if (recorded.equals("STOPPED")) {
        return STOPPED_CAUSE; // Spring Batch writes the name of its exception there
      }
      if (message == null
          || message.isBlank()
          || (toFactory && recorded.equals("ABANDONED") && !RunOutcome.isSaidToSenders(exitCode))) {
        return null; // a run that was given up nobody sees to
      }
      return toFactory && !RunOutcome.isSaidToSenders(exitCode) ? RunOutcome.IN_THE_WAY : message;
    }

    ExecutionSummary summary(String title, List<StepSummary> steps) {
      return new ExecutionSummary(
          id, job, name, factory, sha256, status, startedAt, endedAt, cause, steps, exitCode,
          title);
    }
  }
}
