package dev.muster.watching;

import dev.muster.access.Callers;
import dev.muster.access.Guarded;
import dev.muster.access.Permission;
import dev.muster.access.Requires;
import dev.muster.arrival.Inbox;
import dev.muster.run.ExecutionDetail.StepProgress;
import dev.muster.run.ExecutionSummary;
import dev.muster.run.RunHistory;
import dev.muster.run.RunProgress;
import dev.muster.run.RunSubject;
import java.sql.Timestamp;
import java.time.Clock;
import java.time.DayOfWeek;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.Period;
import java.time.ZoneOffset;
import java.time.temporal.TemporalAdjusters;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/**
 * What an operator wants to know first. A factory's account is told of its own. All of it is cheap
 * however large the registry is, but for the tokens that end soon: those are counted every few
 * minutes at most.
 */
@Guarded
@Component
public class Overview {

  /** How many weeks ahead tokens are counted. */
  public static final int WEEKS = 8;

  /** How many days the chart goes back. */
  public static final int DAYS = 30;

  private static final Duration COUNT_TOKENS_EVERY = Duration.ofMinutes(5);

  private static final int MOST_FAILED = 10;

  private final JdbcClient jdbc;
  private final RunHistory history;
  private final RunProgress runProgress;
  private final Clock clock;
  private final Map<String, TokensEnding> tokens = new ConcurrentHashMap<>();

  Overview(JdbcClient jdbc, RunHistory history, RunProgress runProgress, Clock clock) {
    this.jdbc = jdbc;
    this.history = history;
    this.runProgress = runProgress;
    this.clock = clock;
  }

  /**
   * A run that is being worked on.
   *
   * @param step the one that it is at; null when none has begun
   */
  public record RunningNow(ExecutionSummary execution, @Nullable StepProgress step) {}

  /** Runs that are being worked on, oldest first. */
  @Requires(Permission.EXECUTION_READ)
  public List<RunningNow> running() {
    return history.running().stream().map(this::runningNow).toList();
  }

  private RunningNow runningNow(ExecutionSummary execution) {
    List<ExecutionSummary> all = history.sameRun(execution.execution());
    RunSubject subject =
        runProgress.subject(execution.job(), history.asked(all.get(0).execution()));
    return new RunningNow(
        execution,
        runProgress.steps(execution.job(), subject, all).stream()
            .filter(step -> step.status().equals("STARTED") || step.status().equals("STARTING"))
            .findFirst()
            .orElse(null));
  }

  /** The latest runs that need somebody, newest first: they can be continued. */
  @Requires(Permission.EXECUTION_READ)
  public List<ExecutionSummary> failed() {
    List<ExecutionSummary> failed = new ArrayList<>(history.restartable(MOST_FAILED));
    Collections.reverse(failed);
    return failed;
  }

  /**
   * What is in the inbox.
   *
   * @param waiting for their turn
   * @param nightly revocation lists that wait for the night
   * @param running being worked on
   * @param failed waiting for an operator
   * @param failedAlone those of them that no run stands for, which would be counted with it
   * @param refused how many were refused in the last 24 hours: nobody has to do anything, but a
   *     sender that goes on so does
   * @param oldest since when the oldest has been waiting for its turn; null when none is
   */
  public record InboxNow(
      long waiting,
      long nightly,
      long running,
      long failed,
      long failedAlone,
      long refused,
      @Nullable Instant oldest) {}

  @Requires(Permission.ARRIVAL_READ)
  public InboxNow inbox() {
    return jdbc.sql(
            """
            SELECT count(*) FILTER (WHERE state <> 'FAILED' AND NOT claimed AND due_at < 'infinity'),
                   count(*) FILTER (WHERE state = 'WAITING' AND NOT claimed AND due_at = 'infinity'),
                   count(*) FILTER (WHERE state <> 'FAILED' AND claimed),
                   count(*) FILTER (WHERE state = 'FAILED'),
                   count(*) FILTER (WHERE state = 'FAILED' AND outcome ->> 'execution' IS NULL),
                   (SELECT count(*) FROM arrival r
                     WHERE r.state = 'REFUSED' AND r.ended_at > now() - interval '24 hours'
                       AND (:mine::text IS NULL OR r.factory = :mine::text)),
                   min(since) FILTER (WHERE state <> 'FAILED' AND NOT claimed AND due_at < 'infinity')
              FROM (SELECT a.state, a.due_at, %s AS since, a.outcome, i.instance_id IS NOT NULL AS claimed
                      FROM arrival a
                      LEFT JOIN instance i ON i.instance_id = a.instance_id AND i.buried_at IS NULL
                     WHERE a.state IN ('WAITING', 'ANSWERING', 'FAILED')
                       AND (:mine::text IS NULL OR a.factory = :mine::text)) AS open\
            """
                .formatted(Inbox.WAITS_SINCE))
        .param("mine", Callers.factory(Permission.ARRIVAL_READ))
        .query(
            (row, number) ->
                new InboxNow(
                    row.getLong(1),
                    row.getLong(2),
                    row.getLong(3),
                    row.getLong(4),
                    row.getLong(5),
                    row.getLong(6),
                    instant(row.getTimestamp(7))))
        .single();
  }

  /**
   * What runs by the clock.
   *
   * @param task {@code nightly}, {@code renewal}, {@code reconcile} …
   * @param running whether it is under way
   * @param lastFailure when it failed last, if it has not come off since
   */
  public record Scheduled(
      String task,
      Instant next,
      boolean running,
      @Nullable Instant lastSuccess,
      @Nullable Instant lastFailure) {}

  /** What runs by the clock, the next one first. */
  @Requires(Permission.EXECUTION_READ)
  public List<Scheduled> scheduled() {
    return jdbc.sql(
            """
            SELECT task_name, execution_time, picked, last_success,
                   CASE WHEN last_failure > last_success OR last_success IS NULL THEN last_failure END
              FROM scheduled_tasks WHERE task_name <> 'due-entries' ORDER BY execution_time, task_name\
            """)
        .query(
            (row, number) ->
                new Scheduled(
                    row.getString(1),
                    row.getTimestamp(2).toInstant(),
                    row.getBoolean(3),
                    instant(row.getTimestamp(4)),
                    instant(row.getTimestamp(5))))
        .list();
  }

  /**
   * A day.
   *
   * @param provisioned devices of the manifests that were delivered on it
   * @param rejected rows of the same that were refused
   */
  public record Day(LocalDate date, long manifests, long provisioned, long rejected) {}

  /** The last {@value #DAYS} days in UTC, oldest first, today being the last. */
  @Requires(Permission.MANIFEST_READ)
  public List<Day> days() {
    LocalDate today = LocalDate.ofInstant(clock.instant(), ZoneOffset.UTC);
    LocalDate first = today.minusDays(DAYS - 1);
    Map<LocalDate, Day> found = new HashMap<>();
    jdbc.sql(
            """
            SELECT (delivered_at AT TIME ZONE 'UTC')::date AS day, count(*), sum(accepted), sum(rejected)
              FROM manifest
             WHERE delivered_at >= :first AND (:mine::text IS NULL OR factory = :mine::text)
             GROUP BY 1\
            """)
        .param("first", first.atStartOfDay().atOffset(ZoneOffset.UTC))
        .param("mine", Callers.factory(Permission.MANIFEST_READ))
        .query(
            row -> {
              LocalDate date = row.getObject(1, LocalDate.class);
              found.put(date, new Day(date, row.getLong(2), row.getLong(3), row.getLong(4)));
            });
    return first
        .datesUntil(today.plusDays(1))
        .map(date -> Objects.requireNonNullElse(found.get(date), new Day(date, 0, 0, 0)))
        .toList();
  }

  /**
   * Tokens that end in a week.
   *
   * @param monday when the week begins
   */
  public record Week(LocalDate monday, long tokens) {}

  /**
   * Tokens that end soon.
   *
   * @param weeks this one, and those that follow
   * @param estimated whether they were not counted: too many devices have changed for that
   * @param countedAt when they were counted, or estimated
   */
  public record TokensEnding(List<Week> weeks, boolean estimated, Instant countedAt) {

    /** All together. */
    public long total() {
      return weeks.stream().mapToLong(Week::tokens).sum();
    }
  }

  /** How many devices' tokens end in each of the next weeks. */
  @Requires(Permission.DEVICE_READ)
  public TokensEnding tokensEnding() {
    Instant now = clock.instant();
    String factory = Callers.factory(Permission.DEVICE_READ);
    return Objects.requireNonNull(
        tokens.compute(
            Objects.requireNonNullElse(factory, ""),
            (key, counted) ->
                counted != null && now.isBefore(counted.countedAt().plus(COUNT_TOKENS_EVERY))
                    ? counted
                    : countTokens(factory, now)));
  }

  private TokensEnding countTokens(@Nullable String factory, Instant now) {
    LocalDate monday =
        LocalDate.ofInstant(now, ZoneOffset.UTC)
            .with(TemporalAdjusters.previousOrSame(DayOfWeek.MONDAY));
    Instant until = monday.plusWeeks(WEEKS).atStartOfDay(ZoneOffset.UTC).toInstant();
    TokenEnds ends = TokenEnds.of(jdbc);
    Map<LocalDate, Long> byWeek = new HashMap<>();
    ends.query(
            """
            SELECT date_trunc('week', at AT TIME ZONE 'UTC')::date, round(sum(devices)) FROM ending GROUP BY 1\
            """,
            now,
            until,
            factory)
        .query(
            row -> {
              byWeek.put(row.getObject(1, LocalDate.class), row.getLong(2));
            });
    List<Week> weeks =
        monday
            .datesUntil(monday.plusWeeks(WEEKS), Period.ofWeeks(1))
            .map(week -> new Week(week, byWeek.getOrDefault(week, 0L)))
            .toList();
    return new TokensEnding(weeks, ends.estimated(), now);
  }

  private static @Nullable Instant instant(@Nullable Timestamp timestamp) {
    return timestamp == null ? null : timestamp.toInstant();
  }
}
