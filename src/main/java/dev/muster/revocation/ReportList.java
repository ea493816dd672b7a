package dev.muster.revocation;

import dev.muster.bundle.Publication;
import dev.muster.bundle.RejectsReport;
import dev.muster.home.SecretFile;
import dev.muster.manifest.ManifestFormat;
import dev.muster.run.RunLock;
import dev.muster.run.RunOutcome;
import dev.muster.run.RunSteps;
import dev.muster.status.StatusVerdict;
import dev.muster.store.Outbox;
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
import java.util.Objects;
import org.springframework.batch.core.repository.JobRepository;
import org.springframework.batch.core.step.StepContribution;
import org.springframework.batch.core.step.StepExecution;
import org.springframework.stereotype.Component;

/**
 * Leaves the report in the outbox, which appears whole, once, or not at all: {@code receipt.json},
 * {@code rejects.csv}, {@code rejected-rows.csv} when there are such, and {@code
 * devices-behind.csv} when gateways went out of service and devices behind them did not.
 */
@Component
class ReportList implements RunSteps.Work {

  private static final int SHA256_SHOWN = 12;

  private final JobRepository jobRepository;
  private final RevocationLists lists;
  private final Spool spool;
  private final Publication publication;
  private final RunLock runLock;
  private final Clock clock;

  ReportList(
      JobRepository jobRepository,
      RevocationLists lists,
      Spool spool,
      Publication publication,
      RunLock runLock,
      Clock clock) {
    this.jobRepository = jobRepository;
    this.lists = lists;
    this.spool = spool;
    this.publication = publication;
    this.runLock = runLock;
    this.clock = clock;
  }

  @Override
  public void of(StepContribution contribution) throws IOException {
    StepExecution step = contribution.getStepExecution();
    RevocationList list = lists.get(ReceivedList.of(step, jobRepository).listId());
    if (list.appliedAt() == null) {
      publish(list, step);
    }
  }

  private void publish(RevocationList list, StepExecution step) throws IOException {
    String staged = "revocations-" + list.id();
    Publication.Appearance what = new Publication.Appearance(staged, outbox(list), Map.of());
    String announced = lists.announced(list.id());
    if (announced == null) {
      publication.remove(staged); // what a killed execution left
    }
    publication.once(
        what,
        announced,
        folder -> fill(folder, list, step),
        receipt ->
            runLock.commit(
                step.getJobExecution(), () -> lists.announce(list.id(), what.target(), receipt)));
    String receipt = Objects.requireNonNull(lists.announced(list.id()));
    lists.applied(list.id(), RevocationReceipt.parse(receipt).completedAt());
  }

  /** Returns the receipt. */
  private String fill(Path folder, RevocationList list, StepExecution step) throws IOException {
    Path content = ListParameters.of(step).spooledIn(spool);
    try {
      ManifestFormat format = ReceivedList.of(step, jobRepository).format();
      RejectsReport.write(folder, content, format, rows -> lists.forEachReject(list.id(), rows));
    } catch (NoSuchFileException e) {
      throw ReceivedContent.gone(content);
    }
    long leftBehind = writeLeftBehind(list, folder.resolve("devices-behind.csv"));
    return receipt(list, step.getJobExecutionId(), leftBehind).json();
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
        RunOutcome.sum(counts.getOrDefault(StatusVerdict.UNCHANGED, Map.of())),
        lists.waiting(list.id()),
        RunOutcome.sum(rejects),
        rejects,
        lists.unconfirmed(list.id()),
        leftBehind,
        list.receivedAt(),
        clock.instant(),
        execution);
  }

  /** An operator's are beside the factories' folders; no factory can be called so. */
  private static String outbox(RevocationList list) {
    String folder = list.factory() == null ? "" : list.factory() + "/";
    return "%s%srevocations/%s-%s-%d"
        .formatted(
            Outbox.BELOW, folder, list.name(), list.sha256().substring(0, SHA256_SHOWN), list.id());
  }
}
