package dev.muster.revocation;

import dev.muster.bundle.Publication;
import dev.muster.bundle.RejectsReport;
import dev.muster.home.MusterHome;
import dev.muster.home.SecretFile;
import dev.muster.manifest.ManifestFormat;
import dev.muster.run.RunLock;
import dev.muster.status.StatusVerdict;
import dev.muster.store.ReceivedContent;
import dev.muster.store.Spool;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Map;
import org.springframework.batch.core.repository.JobRepository;
import org.springframework.batch.core.scope.context.ChunkContext;
import org.springframework.batch.core.step.StepContribution;
import org.springframework.batch.core.step.StepExecution;
import org.springframework.batch.core.step.tasklet.Tasklet;
import org.springframework.batch.infrastructure.repeat.RepeatStatus;
import org.springframework.stereotype.Component;

/**
 * Leaves the report in the outbox, which appears whole, once, or not at all: {@code receipt.json},
 * {@code rejects.csv}, {@code rejected-rows.csv} when there are such, and {@code
 * devices-behind.csv} when gateways went out of service and devices behind them did not.
 */
@Component
class ReportList implements Tasklet {

  private static final int SHA256_SHOWN = 12;

  private final JobRepository jobRepository;
  private final RevocationLists lists;
  private final Spool spool;
  private final Publication publication;
  private final RunLock runLock;
  private final MusterHome home;
  private final Clock clock;

  ReportList(
      JobRepository jobRepository,
      RevocationLists lists,
      Spool spool,
      Publication publication,
      RunLock runLock,
      MusterHome home,
      Clock clock) {
    this.jobRepository = jobRepository;
    this.lists = lists;
    this.spool = spool;
    this.publication = publication;
    this.runLock = runLock;
    this.home = home;
    this.clock = clock;
  }

  @Override
  public RepeatStatus execute(StepContribution contribution, ChunkContext chunkContext)
      throws IOException {
    StepExecution step = contribution.getStepExecution();
    RevocationList list = lists.get(ReceivedList.of(step, jobRepository).listId());
    if (list.appliedAt() == null) {
      publish(list, step);
    }
    return RepeatStatus.FINISHED;
  }

  private void publish(RevocationList list, StepExecution step) throws IOException {
    String staged = "revocations-" + list.id();
    Path outbox = outbox(list);
    String[] receipt = {lists.announced(list.id())};
    boolean announced = receipt[0] != null;
    if (!announced) {
      publication.remove(staged); // what a killed execution left
    }
    publication.once(
        staged,
        outbox,
        announced,
        folder -> receipt[0] = fill(folder, list, step),
        () ->
            runLock.commit(
                step.getJobExecution(),
                () -> lists.announce(list.id(), outbox.toString(), receipt[0])));
    lists.applied(list.id(), RevocationReceipt.parse(receipt[0]).completedAt());
  }

  /** Returns the receipt. */
  private String fill(Path folder, RevocationList list, StepExecution step) throws IOException {
    Path content = spool.list(ListParameters.of(step).spooled());
    try {
      ManifestFormat format = ReceivedList.of(step, jobRepository).format();
      RejectsReport.write(folder, content, format, rows -> lists.forEachReject(list.id(), rows));
    } catch (NoSuchFileException e) {
      throw ReceivedContent.gone(content);
    }
    long leftBehind = writeLeftBehind(list, folder.resolve("devices-behind.csv"));
    String receipt = receipt(list, step.getJobExecutionId(), leftBehind).json();
    SecretFile.createNew(folder.resolve("receipt.json"), receipt + "\n");
    return receipt;
  }

  private long writeLeftBehind(RevocationList list, Path file) throws IOException {
    long[] count = new long[1];
    try (BufferedWriter out =
        new BufferedWriter(Channels.newWriter(SecretFile.open(file), StandardCharsets.UTF_8))) {
      out.write("gateway_id,device_id\r\n");
      lists.forEachLeftBehind(
          list.id(),
          (gateway, device) -> {
            try {
              out.write(gateway + "," + device + "\r\n");
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
            count[0]++;
          });
    }
    if (count[0] == 0) {
      Files.delete(file);
    }
    return count[0];
  }

  private RevocationReceipt receipt(RevocationList list, long execution, long leftBehind) {
    Map<StatusVerdict, Map<String, Long>> counts = lists.counts(list.id());
    Map<String, Long> rejects = lists.rejectsByCode(list.id());
    return new RevocationReceipt(
        list.name(),
        list.id(),
        list.sha256(),
        list.factory(),
        list.rows(),
        list.warnings(),
        counts.getOrDefault(StatusVerdict.CHANGED, Map.of()),
        counts.getOrDefault(StatusVerdict.KEPT_UNKNOWN, Map.of()),
        sum(counts.getOrDefault(StatusVerdict.UNCHANGED, Map.of())),
        lists.waiting(list.id()),
        sum(rejects),
        rejects,
        lists.unconfirmed(list.id()),
        leftBehind,
        list.receivedAt(),
        clock.instant(),
        execution);
  }

  /** An operator's are beside the factories' folders; no factory can be called so. */
  private Path outbox(RevocationList list) {
    Path folder = home.outbox();
    if (list.factory() != null) {
      folder = folder.resolve(list.factory());
    }
    return folder
        .resolve("revocations")
        .resolve(
            "%s-%s-%d".formatted(list.name(), list.sha256().substring(0, SHA256_SHOWN), list.id()));
  }

  private static long sum(Map<String, Long> counts) {
    return counts.values().stream().mapToLong(Long::longValue).sum();
  }
}
