package dev.muster.publisher;

import dev.muster.access.Audited;
import dev.muster.access.Guarded;
import dev.muster.access.Permission;
import dev.muster.access.Requires;
import dev.muster.credential.sas.Hub;
import dev.muster.credential.sas.Hubs;
import dev.muster.database.SessionLock;
import dev.muster.home.MusterHome;
import dev.muster.home.SecretFile;
import dev.muster.publisher.ReconciliationReport.HubReconciled;
import dev.muster.run.OperationRefusedException;
import dev.muster.status.RevokedAtHub;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessResourceFailureException;
import org.springframework.stereotype.Component;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** Compares the hubs' own lists of revoked publishers with the registry, and repairs. */
@Guarded
@Component
public class Reconciliation {

  private static final Logger LOG = LoggerFactory.getLogger(Reconciliation.class);

  private static final DateTimeFormatter FILE_TIME =
      DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmssSSS'Z'", Locale.ROOT).withZone(ZoneOffset.UTC);

  private final Publishers publishers;
  private final RevokedAtHub revokedAtHub;
  private final Hubs hubs;
  private final SessionLock sessionLock;
  private final MusterHome home;
  private final JsonMapper json;
  private final Clock clock;

  Reconciliation(
      Publishers publishers,
      RevokedAtHub revokedAtHub,
      Hubs hubs,
      SessionLock sessionLock,
      MusterHome home,
      JsonMapper json,
      Clock clock) {
    this.publishers = publishers;
    this.revokedAtHub = revokedAtHub;
    this.hubs = hubs;
    this.sessionLock = sessionLock;
    this.home = home;
    this.json = json.rebuild().enable(SerializationFeature.INDENT_OUTPUT).build();
    this.clock = clock;
  }

  /**
   * Compares these hubs, one after the other. What differs becomes due, and is told like any other
   * change.
   *
   * @param names of the hubs; empty: all
   * @param repair otherwise it only reports
   * @return the report, which also lies in the outbox; empty when another process is at it
   * @throws OperationRefusedException when there is no hub of one of these names
   * @throws IOException when the report can't be written; what became due is
   */
  @Requires(value = Permission.HUB_REPAIR, audit = "hub.reconcile", slow = true)
  public Optional<ReconciliationReport> run(
      @Audited("hubs") Collection<String> names, @Audited("repair") boolean repair)
      throws InterruptedException, IOException {
    for (String name : names) {
      // Nothing of it would be compared, and it would look as if all were well.
      if (hubs.find(name).isEmpty()) {
        throw new OperationRefusedException("There is no hub '%s'.".formatted(name));
      }
    }
    Optional<SessionLock.Held> lock = sessionLock.take(SessionLock.Work.RECONCILIATION);
    if (lock.isEmpty()) {
      return Optional.empty();
    }
    try (SessionLock.Held held = lock.get()) {
      Instant started = clock.instant();
      List<HubReconciled> reconciled = new ArrayList<>();
      for (int i = 0; i < hubs.all().size(); i++) {
        Hub hub = hubs.all().get(i);
        if (names.isEmpty() || names.contains(hub.name())) {
          reconciled.add(reconcile(hub, i, repair));
        }
      }
      ReconciliationReport report =
          new ReconciliationReport(started, clock.instant(), !repair, reconciled);
      Path file = file(report);
      Files.deleteIfExists(file);
      SecretFile.createNew(file, json.writeValueAsString(report) + "\n");
      return Optional.of(report);
    }
  }

  /** Where a report lies. */
  @Requires(value = Permission.HUB_REPAIR, readOnly = true)
  public Path file(ReconciliationReport report) {
    return home.outbox()
        .resolve("reconciliation")
        .resolve(FILE_TIME.format(report.startedAt()) + ".json");
  }

  /** The last report; empty when the hubs were never compared. */
  @Requires(Permission.HUB_READ)
  public Optional<ReconciliationReport> last() throws IOException {
    Path folder = home.outbox().resolve("reconciliation");
    if (!Files.isDirectory(folder)) {
      return Optional.empty();
    }
    try (Stream<Path> files = Files.list(folder)) {
      Optional<Path> last =
          files
              .filter(file -> String.valueOf(file.getFileName()).endsWith(".json"))
              .max(Comparator.comparing(Path::getFileName));
      return last.isEmpty()
          ? Optional.empty()
          : Optional.of(json.readValue(Files.readString(last.get()), ReconciliationReport.class));
    }
  }

  private HubReconciled reconcile(Hub hub, int index, boolean repair) throws InterruptedException {
    String cannot = publishers.cannot(hub, index);
    if (cannot != null) {
      return new HubReconciled(hub.name(), 0, List.of(), 0, cannot);
    }
    HubDrain drain =
        publishers.drains().stream()
            .filter(one -> one.name().equals(hub.name()))
            .findFirst()
            .orElseThrow();
    try {
      RevokedAtHub.Result result =
          revokedAtHub.compare(drain.number(), drain.client()::list, repair);
      LOG.info(
          "reconciliation=done hub={} listed={} differences={} repaired={}",
          hub.name(),
          result.listed(),
          result.differences().stream().mapToLong(RevokedAtHub.Difference::publishers).sum(),
          result.repaired());
      return new HubReconciled(
          hub.name(), result.listed(), result.differences(), result.repaired(), null);
    } catch (IOException e) {
      LOG.warn("reconciliation=failed hub={} {}", hub.name(), e.getMessage());
      return new HubReconciled(hub.name(), 0, List.of(), 0, String.valueOf(e.getMessage()));
    } catch (SQLException e) {
      throw new DataAccessResourceFailureException("The hub can't be compared.", e);
    }
  }
}
