package dev.muster.watching;

import dev.muster.arrival.Inbox;
import dev.muster.credential.sas.Hubs;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.MultiGauge.Row;
import io.micrometer.core.instrument.Tags;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.health.actuate.endpoint.CompositeHealthDescriptor;
import org.springframework.boot.health.actuate.endpoint.HealthEndpoint;
import org.springframework.boot.health.contributor.Status;
import org.springframework.context.SmartLifecycle;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.TransactionException;

/**
 * Figures that stand in the database, the same whichever instance is asked. A thread of its own
 * looks them up now and then; who asks for metrics gets what was found last and never waits. What
 * takes long is looked up less often: a tenth of the time at most goes into it.
 */
@Component
@ConditionalOnBooleanProperty("muster.serve")
@EnableConfigurationProperties(MetricsProperties.class)
class RegistryFigures implements SmartLifecycle {

  private static final Logger LOG = LoggerFactory.getLogger(RegistryFigures.class);

  private static final int REST = 10;
  private static final int QUERY_SECONDS = 30;
  private static final int WEEKS = 13;

  private static final String ARRIVALS =
      """
      SELECT CASE WHEN a.due_at = 'infinity' THEN 'nightly' WHEN i.instance_id IS NOT NULL THEN 'running'
                  ELSE 'waiting' END AS label,
             count(*) AS value, extract(epoch FROM now() - min(%s)) AS age
        FROM arrival a
        LEFT JOIN instance i ON i.instance_id = a.instance_id AND i.buried_at IS NULL
       WHERE a.state IN ('WAITING', 'ANSWERING')
       GROUP BY 1
       UNION ALL
      SELECT 'failed', count(*), 0 FROM arrival WHERE state = 'FAILED'\
      """
          .formatted(Inbox.WAITS_SINCE);

  private static final String RUNS =
      """
      SELECT lower(e.status), count(*)
        FROM batch_job_execution e
       WHERE e.status IN ('STARTING', 'STARTED', 'STOPPING', 'STOPPED', 'FAILED', 'UNKNOWN')
         AND e.exit_code NOT IN ('REFUSED', 'WITHDRAWN')
         AND NOT EXISTS (SELECT FROM batch_job_execution l
                          WHERE l.job_instance_id = e.job_instance_id AND l.job_execution_id > e.job_execution_id)
       GROUP BY 1\
      """;

  private static final String HUBS =
      """
      SELECT h.name, count(w.hub_id), (s.trouble IS NOT NULL)::integer
        FROM hub h
        LEFT JOIN hub_standing s USING (hub_id)
        LEFT JOIN hub_work w USING (hub_id)
       GROUP BY h.name, s.trouble\
      """;

  private static final String BY_WEEK =
      """
      SELECT CASE WHEN at < now() THEN -1 ELSE floor(extract(epoch FROM at - now()) / 604800) END AS week,
             round(sum(devices)) AS devices
        FROM ending WHERE at < now() + %d * interval '168 hours' GROUP BY 1\
      """
          .formatted(WEEKS);

  private static final String DEVICES = "SELECT coalesce(sum(devices), 0) FROM loaded_lines";

  private static final String UNUSABLE =
      "SELECT count(*) FROM unusable_message WHERE received_at > now() - interval '1 hour'";

  private static final String UNFETCHED =
      """
      SELECT count(*) FROM delivery
       WHERE reminders > 0 AND delivered_at IS NOT NULL AND fetched_at IS NULL AND confirmed_at IS NULL\
      """;

  private static final String INSTANCES =
      "SELECT count(*) FROM instance WHERE buried_at IS NULL AND heartbeat_at > now() - interval"
          + " '20 seconds'";

  /** Before the first one, since when one could have been: that none ever was must be seen too. */
  private static final String NIGHTLY =
      """
      SELECT extract(epoch FROM coalesce((SELECT max(ended_at) FROM nightly_run),
                                         (SELECT min(started_at) FROM instance)))\
      """;

  private final JdbcClient jdbc;
  private final MetricsProperties properties;
  private final ObjectProvider<HealthEndpoint> health;
  private final WorkDone workDone;
  private final Hubs hubs;
  private final boolean isNightly;
  private final Clock clock;

  private final MultiGauge arrivals;
  private final MultiGauge runs;
  private final MultiGauge hubPending;
  private final MultiGauge hubTrouble;
  private final MultiGauge tokens;
  private final MultiGauge outcomes;
  private final MultiGauge parts;
  private volatile double oldest = Double.NaN;
  private volatile double unusable = Double.NaN;
  private volatile double unfetched = Double.NaN;
  private volatile double devices = Double.NaN;
  private volatile double instances = Double.NaN;
  private volatile double nightly = Double.NaN;
  private volatile Instant lookedUp = Instant.EPOCH;
  private boolean failing;

  private @Nullable ScheduledThreadPoolExecutor thread;

  RegistryFigures(
      DataSource dataSource,
      MeterRegistry meters,
      MetricsProperties properties,
      ObjectProvider<HealthEndpoint> health,
      WorkDone workDone,
      Hubs hubs,
      @Value("${muster.schedule.nightly:}") String nightlyAt,
      Clock clock) {
    JdbcTemplate template = new JdbcTemplate(dataSource);
    template.setQueryTimeout(QUERY_SECONDS);
    this.jdbc = JdbcClient.create(template);
    this.properties = properties;
    this.health = health;
    this.workDone = workDone;
    this.hubs = hubs;
    this.isNightly = !nightlyAt.equals("-");
    this.clock = clock;
    arrivals = several(meters, "muster.arrivals", "Arrivals that are not done");
    runs = several(meters, "muster.runs.open", "Runs that are under way, or can be continued");
    hubPending = several(meters, "muster.hub.pending", "Publishers that a hub has not confirmed");
    hubTrouble = several(meters, "muster.hub.trouble", "1: the last calls did not go well");
    tokens =
        several(
            meters,
            "muster.tokens.ending",
            "Devices in service whose token ends in that many weeks; ended: it has");
    outcomes = several(meters, "muster.outcomes.waiting", "Outcomes that nobody took yet");
    parts = several(meters, "muster.health", "1: up; 0: degraded or down");
    one(
        meters,
        "muster.arrivals.oldest",
        "How long the oldest arrival waits",
        "seconds",
        f -> f.oldest);
    one(
        meters,
        "muster.messages.unusable",
        "Messages that can never be used, of the last hour",
        null,
        f -> f.unusable);
    one(
        meters,
        "muster.bundles.unfetched",
        "Bundles that nobody has fetched for too long",
        null,
        f -> f.unfetched);
    one(meters, "muster.devices", "Devices that manifests have brought", null, f -> f.devices);
    one(meters, "muster.instances", "Instances that live", null, f -> f.instances);
    one(
        meters,
        "muster.nightly.ended",
        "When the last nightly run ended",
        "seconds",
        f -> f.nightly);
    one(
        meters,
        "muster.figures.age",
        "How old the figures from the database are",
        "seconds",
        f -> Duration.between(f.lookedUp, clock.instant()).toMillis() / 1e3);
  }

  private interface Figure {
    double of(RegistryFigures figures);
  }

  private void one(
      MeterRegistry meters, String name, String description, @Nullable String unit, Figure figure) {
    Gauge.builder(name, this, figure::of).description(description).baseUnit(unit).register(meters);
  }

  private static MultiGauge several(MeterRegistry meters, String name, String description) {
    return MultiGauge.builder(name).description(description).register(meters);
  }

  @Override
  public void start() {
    ScheduledThreadPoolExecutor started =
        new ScheduledThreadPoolExecutor(
            1,
            work -> {
              Thread made = new Thread(work, "figures");
              made.setDaemon(true);
              return made;
            });
    started.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    thread = started;
    repeat(started, properties.refresh(), this::lookUp);
    repeat(started, properties.refreshTokens(), this::lookUpTokens);
  }

  @Override
  public void stop() {
    if (thread != null) {
      thread.shutdownNow();
      thread = null;
    }
  }

  @Override
  public boolean isRunning() {
    return thread != null;
  }

  private void repeat(ScheduledThreadPoolExecutor on, Duration period, Runnable work) {
    on.execute(
        () -> {
          long began = System.nanoTime();
          try {
            work.run();
            failing = false;
          } catch (DataAccessException | TransactionException e) {
            if (!failing) {
              LOG.warn("figures=not-looked-up cause={}", e.getClass().getSimpleName());
            }
            failing = true;
          }
          long took = System.nanoTime() - began;
          if (!on.isShutdown()) {
            var unused =
                on.schedule(
                    () -> repeat(on, period, work),
                    Math.max(period.toNanos(), took * REST),
                    TimeUnit.NANOSECONDS);
          }
        });
  }

  private void lookUp() {
    lookUpArrivals();
    lookUpHubs();
    Map<String, Number> open = zeros("started", "stopped", "failed");
    open.putAll(counts(RUNS));
    set(runs, "status", open);
    set(outcomes, "destination", counts("SELECT destination, count(*) FROM outcome GROUP BY 1"));
    unusable = number(UNUSABLE);
    unfetched = number(UNFETCHED);
    devices = number(DEVICES);
    instances = number(INSTANCES);
    nightly = isNightly ? number(NIGHTLY) : Double.NaN;
    workDone.know(jdbc.sql("SELECT id FROM factory").query(String.class).list());
    lookUpHealth();
    lookedUp = clock.instant();
  }

  private void lookUpArrivals() {
    Map<String, Number> byState = zeros("waiting", "running", "nightly", "failed");
    double[] age = new double[1];
    jdbc.sql(ARRIVALS)
        .query(
            row -> {
              byState.put(row.getString("label"), row.getLong("value"));
              if (row.getString("label").equals("waiting")) {
                age[0] = row.getDouble("age");
              }
            });
    set(arrivals, "state", byState);
    oldest = age[0];
  }

  private void lookUpHubs() {
    Map<String, Number> pending = new TreeMap<>();
    Map<String, Number> trouble = new TreeMap<>();
    jdbc.sql(HUBS)
        .query(
            row -> {
              pending.put(row.getString(1), row.getLong(2));
              if (hubs.find(row.getString(1))
                  .isPresent()) { // of one that is gone nobody can end it
                trouble.put(row.getString(1), row.getInt(3));
              }
            });
    set(hubPending, "hub", pending);
    set(hubTrouble, "hub", trouble);
  }

  private void lookUpTokens() {
    Map<String, Number> byWeek = new TreeMap<>();
    byWeek.put("ended", 0);
    for (int week = 0; week < WEEKS; week++) {
      byWeek.put(Integer.toString(week), 0);
    }
    // A day more: where the weeks end is by the database's clock, which may be another.
    Instant until = clock.instant().plus(Duration.ofDays(WEEKS * 7L + 1));
    TokenEnds.of(jdbc)
        .query(BY_WEEK, Instant.EPOCH, until, null)
        .query(
            row -> {
              int week = row.getInt(1);
              byWeek.put(week < 0 ? "ended" : Integer.toString(week), row.getLong(2));
            });
    set(tokens, "week", byWeek);
  }

  private void lookUpHealth() {
    HealthEndpoint endpoint = health.getIfAvailable();
    if (endpoint != null && endpoint.health() instanceof CompositeHealthDescriptor all) {
      Map<String, Number> up = new TreeMap<>();
      Objects.requireNonNull(all.getComponents())
          .forEach((name, one) -> up.put(name, one.getStatus().equals(Status.UP) ? 1 : 0));
      set(parts, "part", up);
    }
  }

  private Map<String, Number> counts(String sql) {
    Map<String, Number> counts = new TreeMap<>();
    jdbc.sql(sql)
        .query(
            row -> {
              counts.put(row.getString(1), row.getLong(2));
            });
    return counts;
  }

  private double number(String sql) {
    List<Double> found =
        jdbc.sql(sql)
            .query(
                (row, number) -> {
                  double value = row.getDouble(1);
                  return row.wasNull() ? Double.valueOf(Double.NaN) : Double.valueOf(value);
                })
            .list();
    Double first = found.isEmpty() ? null : found.get(0);
    return first == null ? Double.NaN : first;
  }

  private static Map<String, Number> zeros(String... labels) {
    Map<String, Number> zeros = new TreeMap<>();
    for (String label : labels) {
      zeros.put(label, 0);
    }
    return zeros;
  }

  private static void set(MultiGauge gauge, String label, Map<String, Number> values) {
    List<Row<?>> rows = new ArrayList<>();
    values.forEach((name, value) -> rows.add(Row.of(Tags.of(label, name), value)));
    gauge.register(rows, true);
  }
}
