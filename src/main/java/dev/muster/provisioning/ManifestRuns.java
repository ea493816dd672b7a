package dev.muster.provisioning;

import dev.muster.access.Audited;
import dev.muster.access.Callers;
import dev.muster.access.Guarded;
import dev.muster.access.Permission;
import dev.muster.access.Requires;
import dev.muster.bundle.Receipt;
import dev.muster.manifest.ManifestName;
import dev.muster.manifest.RejectLimit;
import dev.muster.manifest.Updates;
import dev.muster.registry.DeviceUpdates;
import dev.muster.registry.Manifest;
import dev.muster.registry.Manifests;
import dev.muster.run.OperationRefusedException;
import dev.muster.run.RunOutcome;
import dev.muster.run.RunStart;
import dev.muster.run.StepProgressed;
import dev.muster.store.Content;
import dev.muster.store.ReceivedContent;
import dev.muster.store.Spool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
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

/** Starts runs of the job {@code provision-manifest}, and continues them. */
@Guarded
@Component
public class ManifestRuns {

  private final Job provisionManifest;
  private final JobRepository jobRepository;
  private final Manifests manifests;
  private final DeviceUpdates deviceUpdates;
  private final RunStart runStart;
  private final FactoryLimits limits;
  private final ReceivedContent contents;
  private final Spool spool;
  private final ProvisioningProperties properties;
  private final ApplicationEventPublisher events;

  ManifestRuns(
      Job provisionManifest,
      JobRepository jobRepository,
      Manifests manifests,
      DeviceUpdates deviceUpdates,
      RunStart runStart,
      FactoryLimits limits,
      ReceivedContent contents,
      Spool spool,
      ProvisioningProperties properties,
      ApplicationEventPublisher events) {
    this.provisionManifest = provisionManifest;
    this.jobRepository = jobRepository;
    this.manifests = manifests;
    this.deviceUpdates = deviceUpdates;
    this.runStart = runStart;
    this.limits = limits;
    this.contents = contents;
    this.spool = spool;
    this.properties = properties;
    this.events = events;
  }

  /** As below, with what the factory's manifests may change of devices that are there. */
  @Requires(value = Permission.MANIFEST_SEND, slow = true)
  public RunOutcome provision(
      @Audited("file") Path file,
      @Audited("factory") String factory,
      @Audited("maxRejects") @Nullable RejectLimit maxRejects,
      @Audited("tokenLifetime") @Nullable Duration tokenLifetime)
      throws IOException {
    return provision(file, factory, maxRejects, tokenLifetime, null);
  }

  /**
   * Provisions the manifest in a file and returns when that is done. Content that was provisioned
   * before gets its first receipt again; a run of the same content that failed or was interrupted
   * is continued.
   *
   * @param updates what it may change of devices that are there, which somebody bound to one
   *     factory can't say; null: as its factory's may
   * @throws IOException when the file can't be read
   * @throws OperationRefusedException when another process is at it, or its last run was abandoned
   */
  @Requires(value = Permission.MANIFEST_SEND, slow = true)
  public RunOutcome provision(
      @Audited("file") Path file,
      @Audited("factory") String factory,
      @Audited("maxRejects") @Nullable RejectLimit maxRejects,
      @Audited("tokenLifetime") @Nullable Duration tokenLifetime,
      @Audited("updates") @Nullable Updates updates)
      throws IOException {
    Callers.mustSee(Permission.MANIFEST_SEND, factory);
    limits.mayAskFor(updates, factory);
    long began = System.nanoTime();
    long size = Files.size(file);
    Content content =
        contents.take(
            file,
            spool.ofThisProcess(),
            properties.maxManifestSize().toBytes(),
            limits.format(factory),
            bytes ->
                events.publishEvent(
                    new StepProgressed(0, ProvisionManifestJob.RECEIVE, bytes, size)));
    try {
      return provision(
          content,
          file.toAbsolutePath().normalize(),
          String.valueOf(file.getFileName()),
          factory,
          maxRejects,
          tokenLifetime,
          null,
          null,
          updates,
          began);
    } finally {
      contents.remove(content.file());
    }
  }

  /**
   * As above, for a manifest that arrived by itself; its factory's limits hold.
   *
   * @param content the run takes it from where it lies
   * @param announcedRows how many rows its sender announced; null when it did not
   */
  @Requires(value = Permission.MANIFEST_SEND, slow = true)
  public RunOutcome provision(
      Content content,
      @Audited("file") String fileName,
      @Audited("factory") String factory,
      @Audited("arrival") long arrival,
      @Nullable Long announcedRows,
      @Audited("updates") @Nullable Updates updates)
      throws IOException {
    Callers.mustSee(Permission.MANIFEST_SEND, factory);
    return provision(
        content,
        content.file(),
        fileName,
        factory,
        null,
        null,
        arrival,
        announcedRows,
        updates,
        System.nanoTime());
  }

  /**
   * What came of an arrival's manifest, once its bundle is delivered: by its own run, which
   * somebody may have restarted, or by another of the same content. Its sender may have taken the
   * file away since.
   *
   * @param sha256 of the content, as its run had it; null when nobody knows
   */
  @Requires(value = Permission.MANIFEST_SEND, readOnly = true)
  public Optional<RunOutcome> delivered(
      String fileName, String factory, long arrival, @Nullable String sha256) {
    Callers.mustSee(Permission.MANIFEST_SEND, factory);
    long began = System.nanoTime();
    Optional<RunOutcome> own =
        runStart
            .lastOf(arrival)
            .filter(last -> last.getStatus() == BatchStatus.COMPLETED)
            .map(last -> outcome(last, began))
            .filter(RunOutcome::delivered);
    return own.isPresent() || sha256 == null
        ? own
        : manifests
            .find(factory, sha256)
            .filter(Manifest::delivered)
            .map(manifest -> alreadyProvisioned(ManifestName.of(fileName), manifest, began));
  }

  /** The receipt of the manifest that has this content, as JSON; null when it is not delivered. */
  @Requires(value = Permission.MANIFEST_SEND, readOnly = true)
  public @Nullable String receipt(String factory, String sha256) {
    Callers.mustSee(Permission.MANIFEST_SEND, factory);
    return manifests.find(factory, sha256).map(Manifest::receipt).orElse(null);
  }

  /** What the run that an arrival began has received; empty when there is none, or it is gone. */
  @Requires(value = Permission.MANIFEST_SEND, readOnly = true)
  public Optional<Content> received(String factory, long arrival) throws IOException {
    Callers.mustSee(Permission.MANIFEST_SEND, factory);
    Optional<RunParameters> run = runStart.lastOf(arrival).map(RunParameters::of);
    return run.isEmpty() ? Optional.empty() : contents.find(run.get().spooledIn(spool));
  }

  private RunOutcome provision(
      Content content,
      Path file,
      String fileName,
      String factory,
      @Nullable RejectLimit maxRejects,
      @Nullable Duration tokenLifetime,
      @Nullable Long arrival,
      @Nullable Long announcedRows,
      @Nullable Updates updates,
      long began) {
    String sha256 = content.sha256();
    long round = manifests.timesWithdrawn(factory, sha256);
    RunParameters run =
        new RunParameters(
            factory,
            sha256,
            round,
            file,
            ManifestName.of(fileName),
            maxRejects == null ? limits.maxRejects(factory) : maxRejects,
            tokenLifetime == null ? limits.tokenLifetime(factory) : tokenLifetime,
            content.file(),
            arrival,
            announcedRows,
            updates(factory, sha256, round, updates));
    return run(run, began);
  }

  /** What a run may change is fixed when it begins: half of it can't be under another rule. */
  private Updates updates(String factory, String sha256, long round, @Nullable Updates asked) {
    Optional<Manifest> begun = manifests.find(factory, sha256, round);
    if (begun.isEmpty()) {
      return asked == null ? limits.updates(factory) : asked;
    }
    Updates fixed = begun.get().updates();
    if (asked != null && asked != fixed) {
      throw new UpdatesFixedException(
          begun.get().delivered()
              ? "This content was provisioned already, as manifest %d, and what it may change of devices that are there can't be changed any more. Send the rows that are to change under it as a file of their own."
                  .formatted(begun.get().id())
              : "A run of this content has begun that may change %s of devices that are there. Send it again without saying otherwise, and that run goes on; or withdraw it first."
                  .formatted(words(fixed)));
    }
    return fixed;
  }

  private static String words(Updates updates) {
    return switch (updates) {
      case NONE -> "nothing";
      case VALUES -> "the values, but not the places that somebody gave,";
      case VALUES_AND_PLACES -> "the values and places";
    };
  }

  /** Continues a run where it stopped; as {@link RunKind#restart} says. */
  RunOutcome restart(JobExecution last, @Nullable RejectLimit maxRejects) {
    RunParameters run = RunParameters.of(last);
    return run(maxRejects == null ? run : run.withMaxRejects(maxRejects), System.nanoTime());
  }

  private RunOutcome run(RunParameters run, long began) {
    JobParameters parameters = run.toJobParameters();
    JobExecution last = jobRepository.getLastJobExecution(ProvisionManifestJob.JOB, parameters);
    Optional<Manifest> delivered =
        manifests.find(run.factory(), run.sha256()).filter(Manifest::delivered);
    // Stopped or killed right after the delivery, a run still has to come to its end in the
    // history.
    if (delivered.isPresent() && (last == null || last.getStatus() == BatchStatus.COMPLETED)) {
      return alreadyProvisioned(run.manifest(), delivered.get(), began);
    }
    return outcome(
        runStart.start(
            provisionManifest,
            parameters,
            "manifest",
            "Execution %1$d of this manifest was abandoned, and what it loaded is still in the"
                + " registry. Withdraw it, then send the manifest again.",
            () -> withdrawn(run)),
        began);
  }

  /** Whether what a run brought was taken back. */
  boolean withdrawn(RunParameters run) {
    return manifests
        .find(run.factory(), run.sha256(), run.round())
        .filter(Manifest::withdrawn)
        .isPresent();
  }

  private RunOutcome outcome(JobExecution execution, long began) {
    RunParameters run = RunParameters.of(execution);
    Optional<Manifest> manifest = manifests.find(run.factory(), run.sha256(), run.round());
    if (manifest.isPresent() && manifest.get().delivered()) {
      return delivered(
          run.manifest(), manifest.get(), execution.getId(), execution.getStatus().name(), began);
    }
    Map<String, Long> rejects =
        manifest.map(found -> manifests.rejectsByCode(found.id())).orElse(Map.of());
    Long rows = manifest.map(Manifest::rows).orElse(null);
    Long accepted =
        manifest.map(found -> RunOutcome.sum(manifests.devicesByHub(found.id()))).orElse(null);
    return new RunOutcome(
        ProvisionManifestJob.JOB,
        run.manifest(),
        run.factory(),
        run.sha256(),
        execution.getId(),
        execution.getStatus().name(),
        rows,
        accepted,
        manifest.map(found -> manifests.unchanged(found.id())).orElse(null),
        manifest
            .filter(found -> found.updates().any())
            .map(found -> deviceUpdates.waiting(found.id()))
            .orElse(null),
        manifest.isPresent() ? RunOutcome.sum(rejects) : null,
        rejects,
        manifest.map(Manifest::remarks).orElse(List.of()),
        RunOutcome.secondsSince(began),
        null,
        RunOutcome.cause(execution),
        RunOutcome.told(execution),
        RunOutcome.ending(execution));
  }

  private RunOutcome alreadyProvisioned(String name, Manifest manifest, long began) {
    Receipt receipt = Receipt.parse(Objects.requireNonNull(manifest.receipt()));
    return delivered(name, manifest, receipt.execution(), RunOutcome.ALREADY_PROVISIONED, began);
  }

  private static RunOutcome delivered(
      String name, Manifest manifest, long execution, String status, long began) {
    Receipt receipt = Receipt.parse(Objects.requireNonNull(manifest.receipt()));
    return new RunOutcome(
        ProvisionManifestJob.JOB,
        name,
        manifest.factory(),
        manifest.sha256(),
        execution,
        status,
        receipt.rows(),
        receipt.accepted(),
        receipt.unchanged(),
        receipt.updated(),
        receipt.rejected(),
        receipt.rejectedByCode(),
        manifest.remarks(),
        RunOutcome.secondsSince(began),
        manifest.outbox(),
        null,
        null,
        RunOutcome.Ending.DELIVERED);
  }
}
