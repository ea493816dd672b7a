package dev.muster.revocation;

import dev.muster.access.Audited;
import dev.muster.access.Callers;
import dev.muster.access.Guarded;
import dev.muster.access.Permission;
import dev.muster.access.Requires;
import dev.muster.manifest.ManifestName;
import dev.muster.manifest.ManifestReceiver;
import dev.muster.manifest.ManifestRefusedException;
import dev.muster.manifest.ReceiveLimits;
import dev.muster.provisioning.ProvisioningProperties;
import dev.muster.revocation.RevocationLists.Run;
import dev.muster.run.OperationRefusedException;
import dev.muster.run.RunOutcome;
import dev.muster.run.RunStart;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.batch.core.BatchStatus;
import org.springframework.batch.core.job.Job;
import org.springframework.batch.core.job.JobExecution;
import org.springframework.batch.core.job.parameters.JobParameters;
import org.springframework.batch.core.repository.JobRepository;
import org.springframework.stereotype.Component;

/** Starts runs of the job {@code apply-revocations}, and continues them. */
@Guarded
@Component
public class RevocationRuns {

  private final Job applyRevocations;
  private final JobRepository jobRepository;
  private final RevocationLists lists;
  private final RunStart runStart;
  private final ProvisioningProperties properties;

  RevocationRuns(
      Job applyRevocations,
      JobRepository jobRepository,
      RevocationLists lists,
      RunStart runStart,
      ProvisioningProperties properties) {
    this.applyRevocations = applyRevocations;
    this.jobRepository = jobRepository;
    this.lists = lists;
    this.runStart = runStart;
    this.properties = properties;
  }

  /**
   * Applies the list in a file and returns when that is done. A run of the same content that failed
   * or was interrupted is continued; a list that was applied before is applied once more.
   *
   * @param factory whose list it is; null for an operator's own
   * @param actor on whose word, for the history
   * @throws IOException when the file can't be read
   * @throws OperationRefusedException when another process is at it
   */
  @Requires(value = Permission.LIST_SEND, audit = "list.apply", slow = true)
  public RunOutcome apply(
      @Audited("file") Path file, @Audited("factory") @Nullable String factory, String actor)
      throws IOException {
    Callers.mustSee(Permission.LIST_SEND, factory);
    if (factory == null) {
      Callers.mustMay(Permission.DEVICE_REVOKE); // it brings back whatever anybody took out
    }
    Path absolute = file.toAbsolutePath().normalize();
    String sha256 = identity(absolute);
    return run(
        new ListParameters(
            new Run(sha256, factory, null, lists.timesApplied(sha256, factory)),
            absolute,
            ManifestName.of(String.valueOf(file.getFileName())),
            actor,
            null));
  }

  /**
   * Applies a list that arrived by itself: once, however often this is called for the same arrival.
   *
   * @param fileName the name it was sent under
   * @param announcedRows how many rows its sender announced; null when it did not
   */
  @Requires(value = Permission.LIST_SEND, audit = "list.apply", slow = true)
  public RunOutcome apply(
      Path file,
      @Audited("file") String fileName,
      @Audited("factory") String factory,
      @Audited("arrival") long arrival,
      @Nullable Long announcedRows)
      throws IOException {
    Callers.mustSee(Permission.LIST_SEND, factory);
    Path absolute = file.toAbsolutePath().normalize();
    return run(
        new ListParameters(
            new Run(identity(absolute), factory, arrival, 0),
            absolute,
            ManifestName.of(fileName),
            "factory " + factory,
            announcedRows));
  }

  /** Continues a run where it stopped, also when its process was killed. */
  RunOutcome restart(JobExecution last) {
    return run(ListParameters.of(last));
  }

  private RunOutcome run(ListParameters list) {
    long began = System.nanoTime();
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
          receipt.rejected(),
          receipt.rejectedByCode(),
          List.of(),
          seconds,
          list.get().outbox(),
          null,
          RunOutcome.Ending.DELIVERED);
    }
    Map<String, Long> rejects = list.map(found -> lists.rejectsByCode(found.id())).orElse(Map.of());
    return new RunOutcome(
        ApplyRevocationsJob.JOB,
        parameters.name(),
        factory,
        run.sha256(),
        execution.getId(),
        execution.getStatus().name(),
        list.map(RevocationList::rows).orElse(null),
        null,
        null,
        list.isPresent() ? rejects.values().stream().mapToLong(Long::longValue).sum() : null,
        rejects,
        List.of(),
        seconds,
        null,
        RunOutcome.cause(execution),
        RunOutcome.ending(execution));
  }

  /** As of a manifest: of the content, or of the file when it can't be unpacked. */
  private String identity(Path file) throws IOException {
    try {
      return ManifestReceiver.sha256(
          file, new ReceiveLimits(properties.maxManifestSize().toBytes()));
    } catch (ManifestRefusedException e) {
      return ManifestReceiver.sha256AsIs(file);
    }
  }
}
