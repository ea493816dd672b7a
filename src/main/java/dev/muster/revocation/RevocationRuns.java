package dev.muster.revocation;

import dev.muster.access.Audited;
import dev.muster.access.Callers;
import dev.muster.access.Guarded;
import dev.muster.access.Permission;
import dev.muster.access.Requires;
import dev.muster.factory.Factories;
import dev.muster.manifest.ManifestName;
import dev.muster.revocation.RevocationLists.Run;
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
import java.time.Instant;
import java.util.List;
import java.util.Map;
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

  private final Job applyRevocations;
  private final JobRepository jobRepository;
  private final RevocationLists lists;
  private final Factories factories;
  private final RunStart runStart;
  private final ReceivedContent contents;
  private final Spool spool;
  private final RevocationProperties properties;
  private final ApplicationEventPublisher events;

  RevocationRuns(
      Job applyRevocations,
      JobRepository jobRepository,
      RevocationLists lists,
      Factories factories,
      RunStart runStart,
      ReceivedContent contents,
      Spool spool,
      RevocationProperties properties,
      ApplicationEventPublisher events) {
    this.applyRevocations = applyRevocations;
    this.jobRepository = jobRepository;
    this.lists = lists;
    this.factories = factories;
    this.runStart = runStart;
    this.contents = contents;
    this.spool = spool;
    this.properties = properties;
    this.events = events;
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
              new Run(
                  content.sha256(), factory, null, lists.timesApplied(content.sha256(), factory)),
              file.toAbsolutePath().normalize(),
              ManifestName.of(String.valueOf(file.getFileName())),
              actor,
              content.file(),
              null,
              null),
          began);
    } finally {
      contents.remove(content.file());
    }
  }

  /**
   * Applies a list that arrived by itself: once, however often this is called for the same arrival.
   *
   * @param content the run takes it from where it lies
   * @param fileName the name it was sent under
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
            "factory " + factory,
            content.file(),
            announcedRows,
            signedAt),
        System.nanoTime());
  }

  /** Continues a run where it stopped, also when its process was killed. */
  RunOutcome restart(JobExecution last) {
    return run(ListParameters.of(last), System.nanoTime());
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
}
