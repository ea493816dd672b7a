package dev.muster.upload;

import dev.muster.access.Caller;
import dev.muster.access.Callers;
import dev.muster.access.RefusedException;
import dev.muster.arrival.ArrivalKind;
import dev.muster.bundle.Purpose;
import dev.muster.manifest.ManifestRefusedException;
import dev.muster.manifest.ReceivedManifest;
import dev.muster.manifest.Rejected;
import dev.muster.provisioning.ManifestCheck;
import dev.muster.provisioning.ManifestCheck.CheckedManifest;
import dev.muster.registry.KnownDevices;
import dev.muster.renewal.RenewalOutcome;
import dev.muster.renewal.RenewalRuns;
import dev.muster.renewal.Renewals;
import dev.muster.revocation.Ceilings;
import dev.muster.revocation.ListCheck;
import dev.muster.revocation.ListCheck.CheckedList;
import dev.muster.revocation.RevocationProperties;
import dev.muster.store.Content;
import dev.muster.upload.CheckedUpload.Findings;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.stereotype.Component;

/** Looks at uploads on threads of its own, and writes down what would become of them. */
@Component
class DryRuns implements DisposableBean {

  private static final Logger LOG = LoggerFactory.getLogger(DryRuns.class);

  /** How many uploads may wait for a thread. */
  private static final int MOST_WAITING = 32;

  /** How many refused rows of each code are shown. */
  private static final int SHOWN_OF_A_CODE = 50;

  private static final Duration SIGN_OF_LIFE = Duration.ofMillis(500);
  private static final Duration PATIENCE_AT_THE_END = Duration.ofSeconds(10);

  private final CheckedUploadTable table;
  private final UploadFiles files;
  private final ManifestCheck manifestCheck;
  private final ListCheck listCheck;
  private final KnownDevices knownDevices;
  private final Renewals renewals;
  private final RenewalRuns renewalRuns;
  private final RevocationProperties revocations;
  private final Ceilings ceilings;
  private final Clock clock;
  private final ThreadPoolExecutor threads;
  private final ScheduledExecutorService signs =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread thread = new Thread(task, "dry-run-signs");
            thread.setDaemon(true);
            return thread;
          });
  private final Set<UUID> begun = ConcurrentHashMap.newKeySet();
  private final Set<Look> atWork = ConcurrentHashMap.newKeySet();
  private volatile boolean ending;

  DryRuns(
      CheckedUploadTable table,
      UploadFiles files,
      ManifestCheck manifestCheck,
      ListCheck listCheck,
      KnownDevices knownDevices,
      Renewals renewals,
      RenewalRuns renewalRuns,
      RevocationProperties revocations,
      Ceilings ceilings,
      UploadProperties properties,
      Clock clock) {
    this.table = table;
    this.files = files;
    this.manifestCheck = manifestCheck;
    this.listCheck = listCheck;
    this.knownDevices = knownDevices;
    this.renewals = renewals;
    this.renewalRuns = renewalRuns;
    this.revocations = revocations;
    this.ceilings = ceilings;
    this.clock = clock;
    this.threads =
        new ThreadPoolExecutor(
            properties.checks(),
            properties.checks(),
            1,
            TimeUnit.MINUTES,
            new LinkedBlockingQueue<>(MOST_WAITING),
            task -> new Thread(task, "dry-run"));
    threads.allowCoreThreadTimeOut(true);
    ScheduledFuture<?> unused =
        signs.scheduleWithFixedDelay(
            this::giveSigns,
            SIGN_OF_LIFE.toMillis(),
            SIGN_OF_LIFE.toMillis(),
            TimeUnit.MILLISECONDS);
  }

  /** On a thread of its own: a look may be one statement of minutes, in one transaction. */
  private void giveSigns() {
    for (Look look : atWork) {
      try {
        look.giveSign();
      } catch (RuntimeException e) {
        LOG.warn("dry-run=no-sign-of-life upload={} {}", look.upload.id(), e.toString());
      }
    }
  }

  /**
   * Begins to look at an upload, and returns at once.
   *
   * @param id of the look, as the table has it
   */
  void begin(CheckedUpload upload, UUID id) {
    Caller caller = Callers.current();
    Look look = new Look(upload, id);
    begun.add(upload.id());
    try {
      threads.execute(() -> Callers.run(caller, () -> look(look)));
    } catch (RejectedExecutionException e) {
      begun.remove(upload.id());
      throw new RefusedException(
          "%d uploads wait to be looked at already. Try again in a few minutes."
              .formatted(MOST_WAITING));
    }
  }

  /** Whether this instance is about to look at it, or does so now. */
  boolean isBegun(UUID upload) {
    return begun.contains(upload);
  }

  private void look(Look look) {
    CheckedUpload upload = look.upload;
    try {
      atWork.add(look);
      look.giveSign();
      look.mustCount(); // whoever waited too long for its turn had it taken over
      table.checked(upload.id(), look.id, findings(look), clock.instant());
    } catch (ManifestRefusedException e) {
      table.checked(
          upload.id(), look.id, Findings.refused(String.valueOf(e.getMessage())), clock.instant());
    } catch (EndingException e) {
      if (table.find(upload.id()).isEmpty()) {
        renewals.forget(upload.id());
      }
      LOG.info("dry-run=left upload={}", upload.id());
    } catch (IOException | RuntimeException e) {
      // Left without findings, it is begun again when somebody asks for it.
      LOG.warn("dry-run=failed upload={}", upload.id(), e);
    } finally {
      atWork.remove(look);
      begun.remove(upload.id());
    }
  }

  private Findings findings(Look look) throws IOException, ManifestRefusedException {
    CheckedUpload upload = look.upload;
    if (upload.chosen() != null) {
      return ofChosen(look, upload.chosen());
    }
    Optional<Content> found = files.content(upload.id());
    if (found.isEmpty()) {
      return Findings.refused("The uploaded file is gone. Send it again.");
    }
    Content content = found.get();
    Collected rejects = new Collected();
    if (upload.kind() == ArrivalKind.REVOCATIONS) {
      return ofList(listCheck.check(content, upload.factory(), rejects::add, look), null, rejects);
    }
    String factory = Objects.requireNonNull(upload.factory());
    CheckedManifest checked =
        manifestCheck.check(content, factory, upload.updates(), rejects::add, look);
    ReceivedManifest received = checked.received();
    return new Findings(
        null,
        received.rows(),
        checked.accepted(),
        checked.unchanged(),
        checked.updated(),
        rejects.count,
        rejects.byCode,
        null,
        null,
        null,
        null,
        rejects.first,
        checked.rejectLimit().toString(),
        checked.tooManyRejects(),
        received.blankRows(),
        received.header().understood(),
        received.header().attributes(),
        received.warnings(),
        checked.provisionedAs());
  }

  /** Writes the list of the chosen devices first: from then on it is fixed which they are. */
  private Findings ofChosen(Look look, Chosen chosen) throws IOException, ManifestRefusedException {
    CheckedUpload upload = look.upload;
    ChosenList list = new ChosenList(chosen, knownDevices, look);
    Purpose purpose = chosen.action().purpose();
    if (purpose != null) {
      return ofTokens(upload.id(), purpose, chosen.hub(), list);
    }
    Content written = files.write(look.id, list.content(), revocations.maxListSize().toBytes());
    if (list.rows() == 0 || !table.written(upload.id(), look.id, written)) {
      files.remove(look.id);
      look.mustCount();
      return nothing(list.count());
    }
    Content content = files.keep(written, upload.id());
    Collected rejects = new Collected();
    return ofList(
        upload.factory() == null
            ? listCheck.check(
                content, Objects.requireNonNull(chosen.action().status()), rejects::add, look)
            : listCheck.check(content, upload.factory(), rejects::add, look),
        list.count(),
        rejects);
  }

  private static Findings nothing(Chosen.Count chosen) {
    return Findings.refused(
        chosen.byState().isEmpty()
            ? "No device is like that."
            : "None of these devices would change: %s.".formatted(Chosen.words(chosen.byState())));
  }

  /** Writes down which devices were chosen: from then on it is fixed. */
  private Findings ofTokens(UUID choice, Purpose purpose, @Nullable String hub, ChosenList list) {
    renewals.forget(choice);
    while (list.hasMoreElements()) {
      renewals.choose(choice, list.next());
    }
    List<RenewalOutcome> due = renewalRuns.previewChosen(purpose, choice, hub);
    long ready =
        due.stream()
            .filter(one -> one.status().equals(RenewalOutcome.DUE))
            .mapToLong(RenewalOutcome::devices)
            .sum();
    if (ready == 0) {
      renewals.forget(choice);
      return nothing(list.count());
    }
    return new Findings(
        null,
        list.rows(),
        ready,
        0,
        0,
        0,
        Map.of(),
        list.count(),
        null,
        due,
        ceilings
            .of(null)
            .exceeded(
                purpose == Purpose.REASSIGN
                    ? "It moves %,d devices to other hubs"
                    : "It gives %,d devices new tokens",
                ready),
        List.of(),
        null,
        false,
        0,
        List.of(),
        List.of(),
        List.of(),
        null);
  }

  private static Findings ofList(
      CheckedList list, Chosen.@Nullable Count chosen, Collected rejects) {
    rejects.first.sort(Comparator.comparingLong(Rejected::line));
    return new Findings(
        null,
        list.rows(),
        list.rows() - rejects.count,
        0,
        0,
        rejects.count,
        rejects.byCode,
        chosen,
        list.effect(),
        null,
        list.effect().tooManyRejects() ? null : list.effect().held(),
        rejects.first,
        list.effect().rejectLimit(),
        list.effect().tooManyRejects(),
        list.blankRows(),
        List.of(),
        List.of(),
        list.warnings(),
        null);
  }

  @Override
  public void destroy() throws InterruptedException {
    ending = true;
    signs.shutdownNow();
    threads.shutdownNow();
    boolean unused =
        threads.awaitTermination(PATIENCE_AT_THE_END.toMillis(), TimeUnit.MILLISECONDS);
  }

  private static final class Collected {
    private final Map<String, Long> byCode = new TreeMap<>();
    private final Map<String, Integer> kept = new HashMap<>();
    private final List<Rejected> first = new ArrayList<>();
    private long count;

    void add(Rejected reject) {
      count++;
      byCode.merge(reject.code().name(), 1L, Long::sum);
      if (kept.merge(reject.code().name(), 1, Integer::sum) <= SHOWN_OF_A_CODE) {
        first.add(reject);
      }
    }
  }

  /** One look at an upload. It stops when this process ends, or when it counts no more. */
  private final class Look implements LongConsumer {

    private final CheckedUpload upload;
    private final UUID id;
    private volatile long rowsSeen;
    private volatile boolean counts = true;

    Look(CheckedUpload upload, UUID id) {
      this.upload = upload;
      this.id = id;
    }

    @Override
    public void accept(long rows) {
      rowsSeen = rows;
      mustCount();
    }

    void mustCount() {
      if (ending || !counts) {
        throw new EndingException();
      }
    }

    void giveSign() {
      counts = table.alive(upload.id(), id, rowsSeen, clock.instant());
    }
  }

  private static final class EndingException extends RuntimeException {}
}
