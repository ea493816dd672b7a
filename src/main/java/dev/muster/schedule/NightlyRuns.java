package dev.muster.schedule;

import dev.muster.access.Callers;
import dev.muster.access.Guarded;
import dev.muster.access.NotPermittedException;
import dev.muster.access.Permission;
import dev.muster.access.Requires;
import dev.muster.database.SessionLock;
import dev.muster.run.Background;
import java.io.IOException;
import java.sql.Timestamp;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.scheduling.support.CronExpression;
import org.springframework.stereotype.Component;
import tools.jackson.databind.json.JsonMapper;

/**
 * What nightly runs came to, when the next is due, and beginning one for those who can't wait for
 * its end; {@link NightlyRun} does it.
 */
@Guarded
@Component
public class NightlyRuns {

  private static final Logger LOG = LoggerFactory.getLogger(NightlyRuns.class);

  /**
   * Long enough to be told that another process is at it, and of a night that had nothing to do.
   */
  private static final Duration PATIENCE = Duration.ofSeconds(1);

  private final NightlyRun nightlyRun;
  private final Background background;
  private final SessionLock sessionLock;
  private final ScheduleProperties properties;
  private final JdbcClient jdbc;
  private final JsonMapper json;
  private final Clock clock;

  NightlyRuns(
      NightlyRun nightlyRun,
      Background background,
      SessionLock sessionLock,
      ScheduleProperties properties,
      JdbcClient jdbc,
      JsonMapper json,
      Clock clock) {
    this.nightlyRun = nightlyRun;
    this.background = background;
    this.sessionLock = sessionLock;
    this.properties = properties;
    this.jdbc = jdbc;
    this.json = json;
    this.clock = clock;
  }

  /** How a run stands. */
  public enum State {
    /** It is under way. */
    RUNNING,
    /** It has ended, and left nothing open. */
    COMPLETE,
    /** It has ended; something failed, is held or is pending. */
    INCOMPLETE,
    /** It broke off. What it left is done by the next. */
    INTERRUPTED
  }

  /**
   * A nightly run.
   *
   * @param report what it came to; null: it has not ended
   */
  public record Run(
      int run,
      State state,
      Instant startedAt,
      @Nullable Instant endedAt,
      @Nullable NightlyReport report) {}

  /**
   * How the nightly run stands.
   *
   * @param underWay whether a process is at it, by hand or by the clock
   * @param next when the clock does it next, or is to have done it; null: never
   * @param lastFailure when the clock's last try failed, if it has not come off since
   * @param runs the last ones, newest first
   */
  public record Standing(
      boolean underWay, @Nullable Instant next, @Nullable Instant lastFailure, List<Run> runs) {}

  /**
   * How it stands. Its reports name lists of all factories: it is for who sees what all of them do.
   *
   * @param last how many runs at most
   */
  @Requires(Permission.EXECUTION_READ)
  public Standing standing(int last) {
    if (Callers.factory(Permission.EXECUTION_READ) != null) {
      throw new NotPermittedException(
          "The nightly run is that of all factories, and its reports name what is others'.");
    }
    boolean before = sessionLock.isTaken(SessionLock.Work.NIGHTLY_RUN);
    List<Row> rows = rows(last);
    boolean underWay = before || sessionLock.isTaken(SessionLock.Work.NIGHTLY_RUN);
    Optional<Turn> turn =
        properties.nightly().equals(ScheduleProperties.OFF)
            ? Optional.empty()
            : Optional.of(turn());
    return new Standing(
        underWay,
        turn.map(Turn::next).orElse(null),
        turn.map(Turn::lastFailure).orElse(null),
        rows.stream().map(row -> run(row, underWay && row.equals(rows.get(0)))).toList());
  }

  /**
   * Begins it.
   *
   * @return whether it is done; otherwise it goes on
   * @throws dev.muster.run.OperationRefusedException when another process is at it
   */
  @Requires(value = Permission.SCHEDULE_RUN, readOnly = true)
  public boolean begin() {
    return background.begin(PATIENCE, null, this::run).isPresent();
  }

  private boolean run() throws InterruptedException {
    try {
      NightlyReport unused = nightlyRun.runByHand();
    } catch (IOException e) {
      // It is done and told, and its report is kept; only the file of it is missing.
      LOG.warn("nightly=report-not-written", e);
    }
    return true;
  }

  private record Row(
      int run, Instant startedAt, @Nullable Instant endedAt, @Nullable String report) {}

  private List<Row> rows(int last) {
    return jdbc.sql(
            """
            SELECT run_id, started_at, ended_at, report FROM nightly_run ORDER BY run_id DESC LIMIT ?\
            """)
        .param(last)
        .query(
            (row, number) ->
                new Row(
                    row.getInt(1),
                    row.getTimestamp(2).toInstant(),
                    instant(row.getTimestamp(3)),
                    row.getString(4)))
        .list();
  }

  private Run run(Row row, boolean underWay) {
    if (row.report() == null) {
      return new Run(
          row.run(),
          underWay ? State.RUNNING : State.INTERRUPTED,
          row.startedAt(),
          row.endedAt(),
          null);
    }
    NightlyReport report = json.readValue(row.report(), NightlyReport.class);
    return new Run(
        row.run(),
        report.complete() ? State.COMPLETE : State.INCOMPLETE,
        row.startedAt(),
        row.endedAt(),
        report);
  }

  private record Turn(Instant next, @Nullable Instant lastFailure) {}

  /** What stands in the database; what is under way, or was never planned, comes by the clock. */
  private Turn turn() {
    Instant byTheClock =
        new OnceByTheClock(CronExpression.parse(properties.nightly()), properties.zone())
            .getInitialExecutionTime(clock.instant());
    return jdbc.sql(
            """
            SELECT CASE WHEN NOT picked THEN execution_time END,
                   CASE WHEN last_failure > last_success OR last_success IS NULL THEN last_failure END
              FROM scheduled_tasks WHERE task_name = 'nightly'\
            """)
        .query(
            (row, number) -> {
              Instant planned = instant(row.getTimestamp(1));
              return new Turn(planned == null ? byTheClock : planned, instant(row.getTimestamp(2)));
            })
        .optional()
        .orElse(new Turn(byTheClock, null));
  }

  private static @Nullable Instant instant(@Nullable Timestamp timestamp) {
    return timestamp == null ? null : timestamp.toInstant();
  }
}
