package dev.muster.revocation;

import dev.muster.access.Audited;
import dev.muster.access.Caller;
import dev.muster.access.Callers;
import dev.muster.access.Guarded;
import dev.muster.access.Permission;
import dev.muster.access.RefusedException;
import dev.muster.access.Requires;
import dev.muster.factory.Factories;
import dev.muster.manifest.ManifestName;
import dev.muster.manifest.RejectLimit;
import dev.muster.revocation.RevocationLists.Run;
import dev.muster.run.RunOutcome;
import dev.muster.run.RunStart;
import dev.muster.run.StepProgressed;
import dev.muster.status.StatusAction;
import dev.muster.store.Content;
import dev.muster.store.ReceivedContent;
import dev.muster.store.Spool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.batch.core.BatchStatus;
import org.springframework.batch.core.job.Job;
import org.springframework.batch.core.job.JobExecution;
import org.springframework.batch.core.job.parameters.JobParameters;
import org.springframework.batch.core.repository.JobRepository;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.stereotype.Component;

/** Starts runs of the job {@code apply-revocations}, and continues them. */
@Guarded
@Component
public class RevocationRuns {

  /** Of chosen devices, none is a mistake. */
  static final RejectLimit WHATEVER_CAN_BE = RejectLimit.valueOf("100%");

  private final Job applyRevocations;
  private final JobRepository jobRepository;
  private final RevocationLists lists;
  private final Factories factories;
  private final Ceilings ceilings;
  private final RunStart runStart;
  private final ReceivedContent contents;
  private final Spool spool;
  private final RevocationProperties properties;
  private final ApplicationEventPublisher events;
  private final Clock clock;

  RevocationRuns(
      Job applyRevocations,
      JobRepository jobRepository,
      RevocationLists lists,
      Factories factories,
      Ceilings ceilings,
      RunStart runStart,
      ReceivedContent contents,
      Spool spool,
      RevocationProperties properties,
      ApplicationEventPublisher events,
      Clock clock) {
    this.applyRevocations = applyRevocations;
    this.jobRepository = jobRepository;
    this.lists = lists;
    this.factories = factories;
    this.ceilings = ceilings;
    this.runStart = runStart;
    this.contents = contents;
    this.spool = spool;
    this.properties = properties;
    this.events = events;
    this.clock = clock;
  }

  /**
   * Applies the list in a file and returns when that is done. A run of the same content that failed
   * or was interrupted is continued; a list that was applied before is applied once more.
   *
   * @param factory whose list it is; null for an operator's own
   * @param actor on whose word, for the history
   * @param maxRejects how many rows may be rejected; null: as is said of the factory, or of all
   * @throws IOException when the file can't be read
   */
  @Requires(value = Permission.LIST_SEND, audit = "list.apply", slow = true)
  public RunOutcome apply(
      @Audited("file") Path file,
      @Audited("factory") @Nullable String factory,
      String actor,
      @Audited("maxRejects") @Nullable RejectLimit maxRejects)
      throws IOException {
    Callers.mustSee(Permission.LIST_SEND, factory);
    if (factory == null) {
      Callers.mustMay(Permission.DEVICE_REVOKE); // it brings back whatever anybody took out
    }
    long began = System.nanoTime();
    long size = Files.size(file);
    Content content =
        contents.take(
            file,
            spool.ofThisProcess(),
            properties.maxListSize().toBytes(),
            factories.formatOfLists(factory),
            bytes ->
                events.publishEvent(
                    new StepProgressed(0, ApplyRevocationsJob.RECEIVE, bytes, size)));
    try {
      return run(
          new ListParameters(
              new Run(content.sha256(), factory, null, nextRound(content.sha256(), factory)),
              file.toAbsolutePath().normalize(),
              ManifestName.of(String.valueOf(file.getFileName())),
              actor,
              Callers.current().account(),
              content.file(),
              null,
              maxRejects,
              null),
          began);
    } finally {
      contents.remove(content.file());
    }
  }

  /**
   * Which run of this content is the next that no arrival brings: the one that is to go on, or a
   * new one behind those that came to their end or were given up.
   */
  @Requires(
      value = {Permission.LIST_SEND, Permission.DEVICE_DISABLE, Permission.DEVICE_REVOKE},
      readOnly = true)
  public long nextRound(String sha256, @Nullable String factory) {
    long round = lists.timesApplied(sha256, factory);
    while (isOver(new Run(sha256, factory, null, round))) {
      round++; // given up before it was received, it is no list that is counted
    }
    return round;
  }

  private boolean isOver(Run run) {
    JobExecution last =
        jobRepository.getLastJobExecution(ApplyRevocationsJob.JOB, ListParameters.identity(run));
    return last != null
        && (last.getStatus() == BatchStatus.ABANDONED || last.getStatus() == BatchStatus.COMPLETED);
  }

  /**
   * Applies a list that arrived by itself: once, however often this is called for the same arrival.
   *
   * @param announcedRows how many rows its sender announced; null when it did not
   * @param signedAt when its factory signed it; null when that does not sign. One that is older
   *     than the last of its factory, or that one again, is refused as a replay
   */
  @Requires(value = Permission.LIST_SEND, audit = "list.apply", slow = true)
  public RunOutcome apply(
      Content content,
      @Audited("file") String fileName,
      @Audited("factory") String factory,
      @Audited("arrival") long arrival,
      @Nullable Long announcedRows,
      @Nullable Instant signedAt) {
    Callers.mustSee(Permission.LIST_SEND, factory);
    return run(
        new ListParameters(
            new Run(content.sha256(), factory, arrival, 0),
            content.file(),
            ManifestName.of(fileName),
            Callers.current().name(),
            Callers.current().account(),
            content.file(),
            announcedRows,
            null,
            signedAt),
        System.nanoTime());
  }

  /**
   * What came of an arrival's list, once it is applied: somebody may have restarted its run, and
   * its sender may have taken the file away since.
   */
  @Requires(value = Permission.LIST_SEND, readOnly = true)
  public Optional<RunOutcome> applied(String factory, long arrival) {
    Callers.mustSee(Permission.LIST_SEND, factory);
    long began = System.nanoTime();
    return runStart
        .lastOf(arrival)
        .filter(last -> last.getStatus() == BatchStatus.COMPLETED)
        .map(last -> outcome(last, began));
  }

  /** The receipt of the list that an execution applied, as JSON; null when it did not. */
  @Requires(value = Permission.LIST_SEND, readOnly = true)
  public @Nullable String receipt(String factory, long execution) {
    Callers.mustSee(Permission.LIST_SEND, factory);
    return lists.ofRun(execution).map(lists::get).map(RevocationList::receipt).orElse(null);
  }

  /**
   * A list that a run has received.
   *
   * @param signedAt when its factory signed it; null when that does not sign
   */
  public record Begun(Content content, @Nullable Instant signedAt) {}

  /** What the run that an arrival began has received; empty when there is none, or it is gone. */
  @Requires(value = Permission.LIST_SEND, readOnly = true)
  public Optional<Begun> received(String factory, long arrival) throws IOException {
    Callers.mustSee(Permission.LIST_SEND, factory);
    Optional<ListParameters> run = runStart.lastOf(arrival).map(ListParameters::of);
    return run.isEmpty()
        ? Optional.empty()
        : contents
            .find(run.get().spooledIn(spool))
            .map(content -> new Begun(content, run.get().signedAt()));
  }

  /**
   * Applies a list that Muster wrote of devices that somebody chose, on that one's own word. What
   * can't be done to one of them by then is left, however many that are.
   *
   * @param action what the list says of all of them
   * @param round which run of this content it is: the same one is never made twice
   */
  @Requires(
      value = {Permission.DEVICE_DISABLE, Permission.DEVICE_REVOKE},
      audit = "list.apply",
      slow = true)
  public RunOutcome apply(
      Content content,
      @Audited("file") String fileName,
      @Audited("action") StatusAction action,
      long round) {
    Callers.mustSee(action.permission(), null);
    return run(
        new ListParameters(
            new Run(content.sha256(), null, null, round),
            content.file(),
            ManifestName.of(fileName),
            Callers.current().name(),
            Callers.current().account(),
            content.file(),
            null,
            WHATEVER_CAN_BE,
            null),
        System.nanoTime());
  }

  /**
   * Goes on with such a list whose run has begun, or says what came of it.
   *
   * @return empty when none has begun
   */
  @Requires(
      value = {Permission.DEVICE_DISABLE, Permission.DEVICE_REVOKE},
      audit = "list.apply",
      slow = true)
  public Optional<RunOutcome> goOn(
      @Audited("sha256") String sha256, @Audited("action") StatusAction action, long round) {
    Callers.mustSee(action.permission(), null);
    JobExecution last =
        jobRepository.getLastJobExecution(
            ApplyRevocationsJob.JOB, ListParameters.identity(new Run(sha256, null, null, round)));
    return last == null
        ? Optional.empty()
        : Optional.of(run(ListParameters.of(last), System.nanoTime()));
  }

  /**
   * Approves a list that is held, as the second person, and applies it.
   *
   * @throws RefusedException when it is not held, or the caller is who sent it; says which
   */
  @Requires(value = Permission.DEVICE_REVOKE, audit = "list.approve", slow = true)
  public RunOutcome approve(@Audited("list") int id) {
    RevocationList list = mine(id);
    Caller caller = Callers.current();
    // Approved, and killed or stopped before it was applied, it goes on.
    boolean goesOn = list.approvedBy() != null && list.appliedAt() == null && !list.givenUp();
    if (!goesOn && !lists.approve(id, caller.account(), caller.name(), clock.instant())) {
      throw new RefusedException(
          !list.waitsForApproval()
              ? "List %d waits for nobody's approval.".formatted(id)
              : "You sent list %d yourself. A second person, who may revoke devices, must approve it."
                  .formatted(id));
    }
    return run(ListParameters.of(Objects.requireNonNull(lastOf(id))), System.nanoTime());
  }

  /**
   * What was undone of a list.
   *
   * @param back how many devices came back
   * @param left how many others it had taken out of service and are so still: somebody else has
   *     changed or named them since, or they were out of service before
   * @param waiting how many of its entries were forgotten whose time had not come
   * @param held why nothing was done: a second person must ask for it too; null: nobody must
   */
  public record Undone(int list, long back, long left, long waiting, @Nullable String held) {}

  /**
   * Brings back just what a list took out of service and nobody has touched since. Interrupted, it
   * goes on when it is asked for again. More than the ceiling come back when two people ask for it.
   *
   * @throws RefusedException when the list was not applied to its end
   */
  @Requires(value = Permission.DEVICE_REVOKE, audit = "list.undo", slow = true)
  public Undone undo(@Audited("list") int id) {
    RevocationList list = mine(id);
    if (list.appliedAt() == null && !abandoned(id)) {
      throw new RefusedException(
          "List %d is not applied to its end. Continue its run first, or abandon that; then what it did can be undone."
              .formatted(id));
    }
    String held = list.undoneBy() == null ? held(list) : null;
    if (held != null) {
      return new Undone(id, 0, 0, 0, held);
    }
    String name = Callers.current().name();
    long waiting = lists.undone(id, name, clock.instant());
    long back = 0;
    for (long more = 1; more > 0; back += more) {
      more = lists.undoSome(id, name, properties.chunkRows());
    }
    return new Undone(id, back, lists.stillOut(id), waiting, null);
  }

  private @Nullable String held(RevocationList list) {
    String why =
        ceilings
            .of(list.factory())
            .exceeded(
                "Undone, it brings %,d devices back into service",
                lists.takenOut(list.id()) + lists.waiting(list.id()));
    Caller caller = Callers.current();
    return why == null
            || lists.undoIsAskedByAnother(
                list.id(),
                caller.account(),
                new SecondPersonAsked(
                    "undo list %d, %s".formatted(list.id(), list.name()),
                    list.factory(),
                    caller.name(),
                    why,
                    null,
                    list.id(),
                    clock.instant()))
        ? null
        : why
            + " You have asked for it: within a day, a second person, who may revoke devices, must"
            + " ask for the same. Until then nothing of it is undone.";
  }

  private boolean abandoned(int id) {
    JobExecution last = lastOf(id);
    return last != null && last.getStatus() == BatchStatus.ABANDONED;
  }

  private @Nullable JobExecution lastOf(int id) {
    return jobRepository.getLastJobExecution(
        ApplyRevocationsJob.JOB, ListParameters.identity(lists.run(id)));
  }

  private RevocationList mine(int id) {
    return lists
        .find(id)
        .filter(list -> Callers.current().sees(Permission.DEVICE_REVOKE, list.factory()))
        .orElseThrow(() -> new RefusedException("There is no revocation list %d.".formatted(id)));
  }

  /** Continues a run where it stopped, also when its process was killed. */
  RunOutcome restart(JobExecution last, @Nullable RejectLimit maxRejects) {
    ListParameters list = ListParameters.of(last);
    return run(maxRejects == null ? list : list.withMaxRejects(maxRejects), System.nanoTime());
  }

  private RunOutcome run(ListParameters list, long began) {
    JobParameters parameters = list.toJobParameters();
    JobExecution last = jobRepository.getLastJobExecution(ApplyRevocationsJob.JOB, parameters);
    if (last != null && last.getStatus() == BatchStatus.COMPLETED) {
      return outcome(last, began);
    }
    return outcome(
        runStart.start(
            applyRevocations,
            parameters,
            "list",
            "Execution %d of this list was abandoned. What it applied stands; for the rest, send"
                + " its entries in another list."),
        began);
  }

  private RunOutcome outcome(JobExecution execution, long began) {
    ListParameters parameters = ListParameters.of(execution);
    Run run = parameters.run();
    Optional<RevocationList> list = lists.find(run);
    String factory = run.factory() == null ? "" : run.factory();
    double seconds = RunOutcome.secondsSince(began);
    String receiptJson = list.map(RevocationList::receipt).orElse(null);
    if (list.isPresent() && receiptJson != null) {
      RevocationReceipt receipt = RevocationReceipt.parse(receiptJson);
      return new RunOutcome(
          ApplyRevocationsJob.JOB,
          parameters.name(),
          factory,
          run.sha256(),
          receipt.execution(),
          execution.getStatus().name(),
          receipt.rows(),
          receipt.rows() - receipt.rejected(),
          null,
          null,
          receipt.rejected(),
          receipt.rejectedByCode(),
          receipt.warnings(),
          seconds,
          list.get().outbox(),
          null,
          null,
          RunOutcome.Ending.DELIVERED);
    }
    Map<String, Long> rejects = list.map(this::rejects).orElse(Map.of());
    return new RunOutcome(
        ApplyRevocationsJob.JOB,
        parameters.name(),
        factory,
        run.sha256(),
        execution.getId(),
        execution.getExitStatus().getExitCode().equals(RunOutcome.HELD)
            ? RunOutcome.HELD
            : execution.getStatus().name(),
        list.map(RevocationList::rows).orElse(null),
        null,
        null,
        null,
        list.isPresent() ? RunOutcome.sum(rejects) : null,
        rejects,
        list.map(RevocationList::warnings).orElse(List.of()),
        seconds,
        null,
        RunOutcome.cause(execution),
        RunOutcome.told(execution),
        RunOutcome.ending(execution));
  }

  /** As applied so far; before that, as they would be. */
  private Map<String, Long> rejects(RevocationList list) {
    Map<String, Long> applied = lists.rejectsByCode(list.id());
    return applied.isEmpty() && list.effect() != null ? list.effect().rejectedByCode() : applied;
  }
}
