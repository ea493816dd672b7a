package dev.muster.revocation;

import dev.muster.manifest.ManifestHeader;
import dev.muster.manifest.ManifestRange;
import dev.muster.manifest.ManifestRefusedException;
import dev.muster.manifest.Rejected;
import dev.muster.manifest.RevocationEntry;
import dev.muster.manifest.RevocationHeader;
import dev.muster.manifest.RevocationRowReader;
import dev.muster.manifest.RevocationVerdict;
import dev.muster.provisioning.StepProgressed;
import dev.muster.registry.RevocationList;
import dev.muster.registry.RevocationLists;
import dev.muster.registry.StatusAction;
import dev.muster.registry.StatusChanges;
import dev.muster.registry.StatusChanges.Authority;
import dev.muster.registry.StatusChanges.Outcome;
import dev.muster.registry.StatusEntries;
import java.io.IOException;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.batch.core.configuration.annotation.StepScope;
import org.springframework.batch.core.repository.JobRepository;
import org.springframework.batch.core.scope.context.ChunkContext;
import org.springframework.batch.core.step.StepContribution;
import org.springframework.batch.core.step.StepExecution;
import org.springframework.batch.core.step.tasklet.Tasklet;
import org.springframework.batch.infrastructure.item.ExecutionContext;
import org.springframework.batch.infrastructure.item.ItemStream;
import org.springframework.batch.infrastructure.item.ItemStreamException;
import org.springframework.batch.infrastructure.repeat.RepeatStatus;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.stereotype.Component;

/**
 * Applies the entries, chunk by chunk. Devices' status and history, work for the hubs, rejects,
 * entries that are kept for later, and how far the list has come are saved in one transaction a
 * chunk; a restart continues behind the last one that was committed.
 */
@Component
@StepScope
class ApplyEntries implements Tasklet, ItemStream {

  private static final String OFFSET = "offset";
  private static final String LINE = "line";

  private final StepExecution step;
  private final JobRepository jobRepository;
  private final RevocationLists lists;
  private final StatusChanges changes;
  private final ListSpool spool;
  private final RevocationProperties properties;
  private final ApplicationEventPublisher events;
  private final Clock clock;

  private final StatusEntries chunk = new StatusEntries();
  private @Nullable Opened opened;

  ApplyEntries(
      @Value("#{stepExecution}") StepExecution step,
      JobRepository jobRepository,
      RevocationLists lists,
      StatusChanges changes,
      ListSpool spool,
      RevocationProperties properties,
      ApplicationEventPublisher events,
      Clock clock) {
    this.step = step;
    this.jobRepository = jobRepository;
    this.lists = lists;
    this.changes = changes;
    this.spool = spool;
    this.properties = properties;
    this.events = events;
    this.clock = clock;
  }

  @Override
  public void open(ExecutionContext context) {
    ReceivedList received = ReceivedList.of(step, jobRepository);
    ManifestRange rest =
        new ManifestRange(
            context.getLong(OFFSET, received.data().offset()),
            received.data().end(),
            context.getLong(LINE, received.data().line()));
    RevocationList list = lists.get(received.listId());
    try {
      opened =
          new Opened(
              received,
              lists.authority(list),
              new RevocationRowReader(
                  spool.file(ListParameters.of(step).run()),
                  new RevocationHeader(new ManifestHeader(list.columns())),
                  rest));
    } catch (IOException | ManifestRefusedException e) {
      throw new ItemStreamException(
          "The spooled list can't be read: " + e.getMessage() + ". Send it again.", e);
    }
  }

  @Override
  public RepeatStatus execute(StepContribution contribution, ChunkContext chunkContext)
      throws IOException {
    Opened current = opened();
    Instant now = clock.instant();
    chunk.clear();
    List<Rejected> rejects = new ArrayList<>();
    List<RevocationEntry> later = new ArrayList<>();
    int rows = 0;
    boolean more = true;
    while (rows < properties.chunkRows()) {
      RevocationVerdict verdict = current.reader().next();
      if (verdict == null) {
        more = false;
        break;
      }
      rows++;
      contribution.incrementReadCount();
      if (verdict instanceof RevocationEntry entry) {
        Instant effectiveAt = entry.effectiveAt();
        if (effectiveAt != null && effectiveAt.isAfter(now)) {
          later.add(entry);
        } else {
          chunk.add(
              entry.guidHigh(),
              entry.guidLow(),
              Math.toIntExact(entry.line()),
              StatusAction.of(entry.action()),
              entry.reason(),
              entry.behind());
        }
      } else {
        rejects.add((Rejected) verdict);
      }
    }
    int listId = current.received().listId();
    lists.reject(listId, rejects);
    lists.keepForLater(listId, later);
    long refused = rejects.size();
    if (chunk.size() > 0) {
      Map<Outcome, Long> outcomes = changes.apply(chunk, current.authority(), true);
      lists.count(listId, outcomes);
      refused +=
          outcomes.entrySet().stream()
              .filter(outcome -> outcome.getKey().verdict().rejected())
              .mapToLong(Map.Entry::getValue)
              .sum();
    }
    contribution.incrementWriteCount(rows - refused);
    contribution.incrementFilterCount(refused);
    events.publishEvent(
        new StepProgressed(
            step.getJobExecutionId(), ApplyRevocationsJob.APPLY, rows, current.received().rows()));
    return RepeatStatus.continueIf(more);
  }

  /** Called inside the chunk's transaction, before it commits. */
  @Override
  public void update(ExecutionContext context) {
    if (opened != null) {
      context.putLong(OFFSET, opened.reader().offset());
      context.putLong(LINE, opened.reader().line());
    }
  }

  @Override
  public void close() {
    if (opened != null) {
      try {
        opened.reader().close();
      } catch (IOException e) {
        throw new ItemStreamException("The spooled list can't be closed: " + e.getMessage(), e);
      }
      opened = null;
    }
  }

  private Opened opened() {
    if (opened == null) {
      throw new IllegalStateException("The list was not opened.");
    }
    return opened;
  }

  private record Opened(ReceivedList received, Authority authority, RevocationRowReader reader) {}
}
