package dev.muster.schedule;

import dev.muster.access.Guarded;
import dev.muster.access.Permission;
import dev.muster.access.Requires;
import dev.muster.arrival.WaitingLists;
import dev.muster.credential.sas.Hubs;
import dev.muster.database.SessionLock;
import dev.muster.denylist.DenyList;
import dev.muster.home.MusterHome;
import dev.muster.home.SecretFile;
import dev.muster.publisher.HubResult;
import dev.muster.publisher.Publishers;
import dev.muster.registry.RetiredDevices;
import dev.muster.revocation.RevocationLists;
import dev.muster.run.OperationRefusedException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionOperations;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * Applies all revocation lists that wait and all entries whose time has come, removes the data of
 * devices that were retired long enough ago, tells the hubs, and reports. Killed in the middle and
 * begun again, it goes on with what is left: every step of it is durable by itself.
 */
@Guarded
@Component
@EnableConfigurationProperties(ScheduleProperties.class)
public class NightlyRun {

  private static final Logger LOG = LoggerFactory.getLogger(NightlyRun.class);

  private static final int ENTRIES_AT_ONCE = 10_000;

  private static final DateTimeFormatter FILE_TIME =
      DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'", Locale.ROOT).withZone(ZoneOffset.UTC);

  private final WaitingLists waitingLists;
  private final RevocationLists lists;
  private final DenyList denyList;
  private final Publishers publishers;
  private final RetiredDevices retired;
  private final Hubs hubs;
  private final SessionLock sessionLock;
  private final ScheduleProperties properties;
  private final MusterHome home;
  private final JdbcClient jdbc;
  private final TransactionOperations transaction;
  private final ApplicationEventPublisher events;
  private final JsonMapper json;
  private final Clock clock;

  NightlyRun(
      WaitingLists waitingLists,
      RevocationLists lists,
      DenyList denyList,
      Publishers publishers,
      RetiredDevices retired,
      Hubs hubs,
      SessionLock sessionLock,
      ScheduleProperties properties,
      MusterHome home,
      JdbcClient jdbc,
      TransactionOperations transaction,
      ApplicationEventPublisher events,
      JsonMapper json,
      Clock clock) {
    this.waitingLists = waitingLists;
    this.lists = lists;
    this.denyList = denyList;
    this.publishers = publishers;
    this.retired = retired;
    this.hubs = hubs;
    this.sessionLock = sessionLock;
    this.properties = properties;
    this.home = home;
    this.jdbc = jdbc;
    this.transaction = transaction;
    this.events = events;
    this.json = json.rebuild().enable(SerializationFeature.INDENT_OUTPUT).build();
    this.clock = clock;
  }

  /**
   * Runs to its end.
   *
   * @return the report, which also lies in the outbox; empty when another process is at it
   * @throws IOException when its file can't be written; what was applied stands, and is told
   */
  @Requires(value = Permission.SCHEDULE_RUN, audit = "nightly.run", slow = true)
  public Optional<NightlyReport> run() throws InterruptedException, IOException {
    Optional<SessionLock.Held> lock = sessionLock.take(SessionLock.Work.NIGHTLY_RUN);
    if (lock.isEmpty()) {
      return Optional.empty();
    }
    try (SessionLock.Held held = lock.get()) {
      return Optional.of(runAlone());
    }
  }

  /**
   * Runs to its end, for somebody who has asked for it.
   *
   * @return the report, which also lies in the outbox
   * @throws OperationRefusedException when another process is at it
   * @throws IOException when its file can't be written; what was applied stands, and is told
   */
  @Requires(value = Permission.SCHEDULE_RUN, audit = "nightly.run", slow = true)
  public NightlyReport runByHand() throws InterruptedException, IOException {
    return run()
        .orElseThrow(
            () ->
                new OperationRefusedException(
                    "Another process is at the nightly run at this moment."));
  }

  private NightlyReport runAlone() throws InterruptedException, IOException {
    Instant started = clock.instant();
    int run =
        jdbc.sql("INSERT INTO nightly_run (started_at) VALUES (?) RETURNING run_id")
            .param(started.atOffset(ZoneOffset.UTC))
            .query(Integer.class)
            .single();
    LOG.info("nightly=started run={}", run);
    WaitingLists.Result arrived = waitingLists.apply(properties.patience());
    long entries = applyDue();
    long removed = retired.removeDue();
    denyList.publishPending();
    List<HubResult> told = publishers.tell(properties.patience(), List.of(), left -> {});
    NightlyReport report =
        new NightlyReport(
            run,
            started,
            clock.instant(),
            arrived.ended(),
            arrived.pending(),
            entries,
            removed,
            told,
            hubs.development());
    String written = json.writeValueAsString(report);
    transaction.executeWithoutResult(
        status -> {
          jdbc.sql("UPDATE nightly_run SET ended_at = ?, report = ?::json WHERE run_id = ?")
              .params(report.endedAt().atOffset(ZoneOffset.UTC), written, run)
              .update();
          events.publishEvent(new NightlyEnded(report));
        });
    LOG.info(
        "nightly=ended run={} lists={} entries={} removed={} confirmed={} pending={} failed={}",
        run,
        report.lists().size(),
        entries,
        removed,
        told.stream().mapToLong(HubResult::confirmed).sum(),
        told.stream().mapToLong(HubResult::pending).sum(),
        told.stream().mapToLong(HubResult::failed).sum());
    Path file = file(report);
    Files.deleteIfExists(file);
    SecretFile.createNew(file, written + "\n");
    return report;
  }

  /** Applies all entries of lists whose time has come. Returns how many. */
  long applyDue() {
    Instant now = clock.instant();
    long applied = 0;
    for (long more = 1; more > 0; applied += more) {
      more = lists.applyDue(now, ENTRIES_AT_ONCE);
    }
    return applied;
  }

  /** Where a run's report lies. */
  @Requires(value = Permission.SCHEDULE_RUN, readOnly = true)
  public Path file(NightlyReport report) {
    return home.outbox()
        .resolve("nightly")
        .resolve("%s-%d.json".formatted(FILE_TIME.format(report.startedAt()), report.run()));
  }
}
