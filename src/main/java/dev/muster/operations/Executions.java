package dev.muster.operations;

import dev.muster.access.Guarded;
import dev.muster.access.Permission;
import dev.muster.access.Requires;
import dev.muster.operations.ExecutionSummary.StepSummary;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/**
 * The history of job executions, read from Spring Batch's own tables in two queries however long it
 * is.
 */
@Guarded
@Component
public class Executions {

  private static final String SELECT_EXECUTIONS =
      """
      SELECT e.job_execution_id, i.job_name, i.job_key, e.status, e.start_time, e.end_time, e.create_time,
             e.exit_message,
             max(p.parameter_value) FILTER (WHERE p.parameter_name IN ('manifest', 'list', 'bundle')) AS manifest,
             max(p.parameter_value) FILTER (WHERE p.parameter_name = 'factory')  AS factory,
             max(p.parameter_value) FILTER (WHERE p.parameter_name = 'sha256')   AS sha256
        FROM batch_job_execution e
        JOIN batch_job_instance i USING (job_instance_id)
        LEFT JOIN batch_job_execution_params p USING (job_execution_id)
       WHERE %s
       GROUP BY e.job_execution_id, i.job_instance_id
       ORDER BY e.job_execution_id DESC
       LIMIT :limit\
      """;

  private final JdbcClient jdbc;
  private final RunLock runLock;

  Executions(JdbcClient jdbc, RunLock runLock) {
    this.jdbc = jdbc;
    this.runLock = runLock;
  }

  /** The latest executions, newest first. */
  @Requires(Permission.EXECUTION_READ)
  public List<ExecutionSummary> latest(int limit) {
    return list("true", Map.of(), limit);
  }

  @Requires(Permission.EXECUTION_READ)
  public Optional<ExecutionSummary> find(long execution) {
    return list("e.job_execution_id = :id", Map.of("id", execution), 1).stream().findFirst();
  }

  /**
   * The executions that can be continued: of every job instance the last one, when it failed, was
   * stopped, or was interrupted. Left out are refused manifests, whose content a restart can't
   * change, and withdrawn ones.
   *
   * @return oldest first
   */
  @Requires(Permission.EXECUTION_READ)
  public List<ExecutionSummary> restartable() {
    List<ExecutionSummary> last =
        list(
            """
            e.job_execution_id = (SELECT max(l.job_execution_id) FROM batch_job_execution l
                                   WHERE l.job_instance_id = e.job_instance_id)
            AND e.status IN ('STARTING', 'STARTED', 'STOPPING', 'STOPPED', 'FAILED')
            AND e.exit_code NOT IN ('REFUSED', 'WITHDRAWN')\
            """,
            Map.of(),
            Integer.MAX_VALUE);
    return last.stream()
        .filter(ExecutionSummary::restartable)
        .sorted((a, b) -> Long.compare(a.execution(), b.execution()))
        .toList();
  }

  private List<ExecutionSummary> list(String where, Map<String, ?> parameters, int limit) {
    Set<Long> alive = runLock.held();
    List<Row> rows =
        jdbc.sql(SELECT_EXECUTIONS.formatted(where))
            .params(parameters)
            .param("limit", limit)
            .query((row, number) -> new Row(row, alive))
            .list();
    Map<Long, List<StepSummary>> steps = steps(rows.stream().map(row -> row.id).toList());
    return rows.stream().map(row -> row.summary(steps.getOrDefault(row.id, List.of()))).toList();
  }

  private Map<Long, List<StepSummary>> steps(List<Long> executions) {
    Map<Long, List<StepSummary>> steps = new HashMap<>();
    jdbc.sql(
            """
            SELECT job_execution_id, step_name, status, read_count, write_count, filter_count, commit_count,
                   start_time, end_time, exit_message
              FROM batch_step_execution WHERE job_execution_id = ANY (?) ORDER BY step_execution_id\
            """)
        .param(executions.toArray(Long[]::new))
        .query(
            row -> {
              steps
                  .computeIfAbsent(row.getLong(1), id -> new java.util.ArrayList<>())
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
                          Optional.ofNullable(row.getString(10)).orElse("")));
            });
    return steps;
  }

  private static @Nullable Instant instant(@Nullable Timestamp timestamp) {
    return timestamp == null ? null : timestamp.toInstant();
  }

  private static final class Row {
    private final long id;
    private final String job;
    private final @Nullable String manifest;
    private final @Nullable String factory;
    private final @Nullable String sha256;
    private final String status;
    private final @Nullable Instant startedAt;
    private final @Nullable Instant endedAt;
    private final @Nullable String cause;

    Row(ResultSet row, Set<Long> alive) throws SQLException {
      id = row.getLong("job_execution_id");
      job = row.getString("job_name");
      manifest = row.getString("manifest");
      factory = row.getString("factory");
      sha256 = row.getString("sha256");
      startedAt = instant(row.getTimestamp("start_time"));
      String recorded = row.getString("status");
      boolean unfinished = Set.of("STARTING", "STARTED", "STOPPING").contains(recorded);
      if (unfinished && !alive.contains(RunLock.key(row.getString("job_key")))) {
        status = ExecutionSummary.INTERRUPTED;
        endedAt = null;
        cause = RunStart.INTERRUPTED_CAUSE;
      } else {
        status = recorded;
        endedAt = unfinished ? null : instant(row.getTimestamp("end_time"));
        String message = row.getString("exit_message");
        cause = message == null || message.isBlank() ? null : message;
      }
    }

    ExecutionSummary summary(List<StepSummary> steps) {
      return new ExecutionSummary(
          id, job, manifest, factory, sha256, status, startedAt, endedAt, cause, steps);
    }
  }
}
