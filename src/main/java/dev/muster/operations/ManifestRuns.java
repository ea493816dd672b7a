package dev.muster.operations;

import dev.muster.access.Audited;
import dev.muster.access.Callers;
import dev.muster.access.Guarded;
import dev.muster.access.Permission;
import dev.muster.access.Requires;
import dev.muster.bundle.Receipt;
import dev.muster.manifest.ManifestReceiver;
import dev.muster.manifest.ManifestRefusedException;
import dev.muster.manifest.ReceiveLimits;
import dev.muster.provisioning.FactoryLimits;
import dev.muster.provisioning.ProvisionManifestJob;
import dev.muster.provisioning.ProvisioningProperties;
import dev.muster.provisioning.RejectLimit;
import dev.muster.provisioning.RunParameters;
import dev.muster.provisioning.StopRequest;
import dev.muster.provisioning.Withdrawal;
import dev.muster.registry.Manifest;
import dev.muster.registry.Manifests;
import dev.muster.renewal.RenewTokensJob;
import dev.muster.revocation.ApplyRevocationsJob;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.batch.core.BatchStatus;
import org.springframework.batch.core.ExitStatus;
import org.springframework.batch.core.job.Job;
import org.springframework.batch.core.job.JobExecution;
import org.springframework.batch.core.job.JobExecutionException;
import org.springframework.batch.core.job.JobInstance;
import org.springframework.batch.core.job.parameters.JobParameters;
import org.springframework.batch.core.launch.JobOperator;
import org.springframework.batch.core.repository.JobRepository;
import org.springframework.dao.EmptyResultDataAccessException;
import org.springframework.stereotype.Component;

/** Starts runs of the job {@code provision-manifest}, and what can be done with them afterwards. */
@Guarded
@Component
public class ManifestRuns {

  private final Job provisionManifest;
  private final JobOperator jobOperator;
  private final JobRepository jobRepository;
  private final Manifests manifests;
  private final Withdrawal withdrawal;
  private final StopRequest stopRequest;
  private final RunLock runLock;
  private final RunStart runStart;
  private final RevocationRuns revocationRuns;
  private final RenewalRuns renewalRuns;
  private final FactoryLimits limits;
  private final ProvisioningProperties properties;

  ManifestRuns(
      Job provisionManifest,
      JobOperator jobOperator,
      JobRepository jobRepository,
      Manifests manifests,
      Withdrawal withdrawal,
      StopRequest stopRequest,
      RunLock runLock,
      RunStart runStart,
      RevocationRuns revocationRuns,
      RenewalRuns renewalRuns,
      FactoryLimits limits,
      ProvisioningProperties properties) {
    this.provisionManifest = provisionManifest;
    this.jobOperator = jobOperator;
    this.jobRepository = jobRepository;
    this.manifests = manifests;
    this.withdrawal = withdrawal;
    this.stopRequest = stopRequest;
    this.runLock = runLock;
    this.runStart = runStart;
    this.revocationRuns = revocationRuns;
    this.renewalRuns = renewalRuns;
    this.limits = limits;
    this.properties = properties;
  }

  /**
   * Provisions the manifest in a file and returns when that is done. Content that was provisioned
   * before gets its first receipt again; a run of the same content that failed or was interrupted
   * is continued.
   *
   * @throws IOException when the file can't be read
   * @throws OperationRefusedException when another process is at it, or its last run was abandoned
   */
  @Requires(value = Permission.MANIFEST_SEND, slow = true)
  public RunOutcome provision(
      @Audited("file") Path file,
      @Audited("factory") String factory,
      @Audited("maxRejects") @Nullable RejectLimit maxRejects,
      @Audited("tokenLifetime") @Nullable Duration tokenLifetime)
      throws IOException {
    return provision(
        file, String.valueOf(file.getFileName()), factory, maxRejects, tokenLifetime, null);
  }

  /**
   * As above, for a manifest that was sent under another name than its file has now.
   *
   * @param fileName the name it was sent under
   * @param announcedRows how many rows its sender announced; null when it did not
   */
  @Requires(value = Permission.MANIFEST_SEND, slow = true)
  public RunOutcome provision(
      Path file,
      @Audited("file") String fileName,
      @Audited("factory") String factory,
      @Audited("maxRejects") @Nullable RejectLimit maxRejects,
      @Audited("tokenLifetime") @Nullable Duration tokenLifetime,
      @Nullable Long announcedRows)
      throws IOException {
    Callers.mustSee(Permission.MANIFEST_SEND, factory);
    long began = System.nanoTime();
    Path absolute = file.toAbsolutePath().normalize();
    String sha256 = identity(absolute);
    RunParameters run =
        new RunParameters(
            factory,
            sha256,
            manifests.timesWithdrawn(factory, sha256),
            absolute,
            ManifestName.of(fileName),
            maxRejects == null ? limits.maxRejects(factory) : maxRejects,
            tokenLifetime == null ? limits.tokenLifetime(factory) : tokenLifetime,
            announcedRows);
    return run(run, began);
  }

  /**
   * Continues a run where it stopped, also when its process was killed.
   *
   * @param maxRejects another limit than before, or null for the same
   * @throws OperationRefusedException when there is nothing to continue; says why
   */
  @Requires(value = Permission.EXECUTION_CONTROL, audit = "execution.restart", slow = true)
  public RunOutcome restart(
      @Audited("execution") long executionId,
      @Audited("maxRejects") @Nullable RejectLimit maxRejects) {
    long began = System.nanoTime();
    JobExecution execution = get(executionId);
    if (execution.getJobInstance().getJobName().equals(ApplyRevocationsJob.JOB)) {
      return revocationRuns.restart(executionId);
    }
    if (execution.getJobInstance().getJobName().equals(RenewTokensJob.JOB)) {
      return renewalRuns.restart(execution);
    }
    RunParameters run = RunParameters.of(last(getOfManifest(executionId)));
    if (execution.getStatus() == BatchStatus.COMPLETED) {
      throw new OperationRefusedException(
          "Execution %d is completed; there is nothing to restart.".formatted(executionId));
    }
    if (manifests.timesWithdrawn(run.factory(), run.sha256()) > run.round()) {
      throw new OperationRefusedException(
          "What execution %d loaded was withdrawn; send the manifest again with jobs/provision."
              .formatted(executionId));
    }
    return run(maxRejects == null ? run : run.withMaxRejects(maxRejects), began);
  }

  /**
   * Asks a run to stop at its next chunk; it can be restarted.
   *
   * @return whether it was running; if not, it is now marked as failed and can be restarted
   */
  @Requires(value = Permission.EXECUTION_CONTROL, audit = "execution.stop")
  public boolean stop(@Audited("execution") long executionId) {
    JobExecution execution = get(executionId);
    if (!execution.isRunning()) {
      throw new OperationRefusedException(
          "Execution %d is not running: it is %s.".formatted(executionId, execution.getStatus()));
    }
    Optional<RunLock.Held> lock = runLock.take(execution.getJobParameters());
    if (lock.isPresent()) {
      try (RunLock.Held held = lock.get()) {
        runStart.recover(execution);
      }
      return false;
    }
    if (!stopRequest.send(executionId) && execution.getStatus() != BatchStatus.STOPPING) {
      throw new OperationRefusedException(
          "Execution %d ended in this moment.".formatted(executionId));
    }
    return true;
  }

  /** Gives a run up: it can't be restarted any more. What it loaded stays until it is withdrawn. */
  @Requires(value = Permission.EXECUTION_CONTROL, audit = "execution.abandon")
  public void abandon(@Audited("execution") long executionId) throws IOException {
    JobExecution execution = get(executionId);
    whileNobodyRuns(
        execution,
        () -> {
          if (execution.getJobInstance().getJobName().equals(RenewTokensJob.JOB)) {
            renewalRuns.abandon(execution);
          }
          giveUp(execution, null);
        });
  }

  /**
   * Takes back what a run loaded, and gives the run up.
   *
   * @return how many devices left the registry
   * @throws OperationRefusedException when its tokens were delivered, or nothing was loaded
   */
  @Requires(value = Permission.EXECUTION_CONTROL, audit = "execution.withdraw")
  public long withdraw(@Audited("execution") long executionId) throws IOException {
    JobExecution execution = getOfManifest(executionId);
    RunParameters run = RunParameters.of(execution);
    Manifest manifest =
        manifests
            .find(run.factory(), run.sha256(), run.round())
            .filter(found -> !found.withdrawn())
            .orElseThrow(
                () ->
                    new OperationRefusedException(
                        "Execution %d has nothing in the registry: its manifest was refused, or withdrawn before."
                            .formatted(executionId)));
    if (manifest.delivered()) {
      throw new OperationRefusedException(
          "Execution %d can't be withdrawn: its tokens were delivered, and somebody may hold them. Revoke its devices instead."
              .formatted(executionId));
    }
    long[] devices = new long[1];
    whileNobodyRuns(
        execution,
        () -> {
          devices[0] = withdrawal.withdraw(manifest.id(), run);
          giveUp(
              last(execution),
              new ExitStatus(ProvisionManifestJob.WITHDRAWN, "Withdrawn by an operator."));
        });
    return devices[0];
  }

  private RunOutcome run(RunParameters run, long began) {
    JobParameters parameters = run.toJobParameters();
    JobExecution last = jobRepository.getLastJobExecution(ProvisionManifestJob.JOB, parameters);
    Optional<Manifest> delivered =
        manifests.find(run.factory(), run.sha256()).filter(Manifest::delivered);
    // Stopped or killed right after the delivery, a run still has to come to its end in the
    // history.
    if (delivered.isPresent() && (last == null || last.getStatus() == BatchStatus.COMPLETED)) {
      return alreadyProvisioned(run, delivered.get(), began);
    }
    return outcome(
        runStart.start(
            provisionManifest,
            parameters,
            "manifest",
            "Execution %1$d of this manifest was abandoned, and what it loaded is still in the"
                + " registry. Take that back with jobs/withdraw %1$d, then send the manifest"
                + " again."),
        began);
  }

  private RunOutcome outcome(JobExecution execution, long began) {
    RunParameters run = RunParameters.of(execution);
    Optional<Manifest> manifest = manifests.find(run.factory(), run.sha256(), run.round());
    if (manifest.isPresent() && manifest.get().delivered()) {
      return delivered(run, manifest.get(), execution.getId(), execution.getStatus().name(), began);
    }
    String description = execution.getExitStatus().getExitDescription();
    Map<String, Long> rejects =
        manifest.map(found -> manifests.rejectsByCode(found.id())).orElse(Map.of());
    Long rows = manifest.map(Manifest::rows).orElse(null);
    Long accepted = manifest.map(found -> sum(manifests.devicesByHub(found.id()))).orElse(null);
    return new RunOutcome(
        run.manifest(),
        run.factory(),
        run.sha256(),
        execution.getId(),
        execution.getStatus().name(),
        rows,
        accepted,
        manifest.map(found -> manifests.unchanged(found.id())).orElse(null),
        manifest.isPresent() ? sum(rejects) : null,
        rejects,
        manifest.map(Manifest::remarks).orElse(List.of()),
        seconds(began),
        null,
        description.isBlank() ? null : description,
        ending(execution));
  }

  static RunOutcome.Ending ending(JobExecution execution) {
    return switch (execution.getExitStatus().getExitCode()) {
      case ProvisionManifestJob.REFUSED, ProvisionManifestJob.WITHDRAWN ->
          RunOutcome.Ending.REFUSED;
      case ProvisionManifestJob.TOO_MANY_REJECTS -> RunOutcome.Ending.UNDECIDED;
      default ->
          execution.getStatus() == BatchStatus.STOPPED
              ? RunOutcome.Ending.STOPPED
              : RunOutcome.Ending.FAILED;
    };
  }

  private RunOutcome alreadyProvisioned(RunParameters run, Manifest manifest, long began) {
    Receipt receipt = Receipt.parse(Objects.requireNonNull(manifest.receipt()));
    return delivered(run, manifest, receipt.execution(), RunOutcome.ALREADY_PROVISIONED, began);
  }

  private static RunOutcome delivered(
      RunParameters run, Manifest manifest, long execution, String status, long began) {
    Receipt receipt = Receipt.parse(Objects.requireNonNull(manifest.receipt()));
    return new RunOutcome(
        run.manifest(),
        run.factory(),
        run.sha256(),
        execution,
        status,
        receipt.rows(),
        receipt.accepted(),
        receipt.unchanged(),
        receipt.rejected(),
        receipt.rejectedByCode(),
        manifest.remarks(),
        seconds(began),
        manifest.outbox(),
        null,
        RunOutcome.Ending.DELIVERED);
  }

  private JobExecution get(long executionId) {
    try {
      JobExecution execution = jobRepository.getJobExecution(executionId);
      if (execution != null) {
        return execution;
      }
    } catch (EmptyResultDataAccessException e) {
      // as Spring Batch tells it
    }
    throw new OperationRefusedException(
        "There is no execution %d. jobs/status lists them.".formatted(executionId));
  }

  private JobExecution getOfManifest(long executionId) {
    JobExecution execution = get(executionId);
    String job = execution.getJobInstance().getJobName();
    if (!job.equals(ProvisionManifestJob.JOB)) {
      throw new OperationRefusedException(
          "Execution %d is one of job %s, not of a manifest.".formatted(executionId, job));
    }
    return execution;
  }

  private JobExecution last(JobExecution execution) {
    JobInstance instance = execution.getJobInstance();
    return Objects.requireNonNull(jobRepository.getLastJobExecution(instance));
  }

  private void giveUp(JobExecution execution, @Nullable ExitStatus exitStatus) {
    if (exitStatus != null) {
      execution.setExitStatus(exitStatus);
    }
    try {
      jobOperator.abandon(execution);
    } catch (JobExecutionException e) {
      throw new OperationRefusedException("It can't be given up: " + e.getMessage());
    }
  }

  private void whileNobodyRuns(JobExecution execution, ThrowingAction action) throws IOException {
    JobExecution last = last(execution);
    if (execution.getStatus() == BatchStatus.COMPLETED) {
      throw new OperationRefusedException(
          "Execution %d is completed.".formatted(execution.getId()));
    }
    try (RunLock.Held held =
        runLock
            .take(execution.getJobParameters())
            .orElseThrow(
                () ->
                    new OperationRefusedException(
                        "Execution %1$d is running. Stop it first: jobs/stop %1$d."
                            .formatted(last.getId())))) {
      if (last.isRunning()) {
        runStart.recover(last);
      }
      action.run();
    }
  }

  /**
   * The SHA-256 of the content. Content that can't be unpacked has none; then it is that of the
   * file as it is, so that the run exists, is refused in its first step, and is found in the
   * history.
   */
  private String identity(Path file) throws IOException {
    try {
      return ManifestReceiver.sha256(
          file, new ReceiveLimits(properties.maxManifestSize().toBytes()));
    } catch (ManifestRefusedException e) {
      return ManifestReceiver.sha256AsIs(file);
    }
  }

  private static long sum(Map<String, Long> counts) {
    return counts.values().stream().mapToLong(Long::longValue).sum();
  }

  private static double seconds(long began) {
    return Math.round((System.nanoTime() - began) / 1e6) / 1e3;
  }

  private interface ThrowingAction {
    void run() throws IOException;
  }
}
