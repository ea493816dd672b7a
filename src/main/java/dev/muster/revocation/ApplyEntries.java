package dev.muster.revocation;

import dev.muster.manifest.ManifestRange;
import dev.muster.manifest.RevocationRowReader;
import dev.muster.revocation.ListChunks.Chunk;
import dev.muster.run.StepProgressed;
import dev.muster.status.StatusChanges.Authority;
import dev.muster.status.StatusChanges.Outcome;
import dev.muster.store.ReceivedContent;
import dev.muster.store.Spool;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Clock;
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
  private final Spool spool;
  private final RevocationProperties properties;
  private final ApplicationEventPublisher events;
  private final Clock clock;

  private @Nullable Opened opened;
  private @Nullable Chunk applied;

  ApplyEntries(
      @Value("#{stepExecution}") StepExecution step,
      JobRepository jobRepository,
      RevocationLists lists,
      Spool spool,
      RevocationProperties properties,
      ApplicationEventPublisher events,
      Clock clock) {
    this.step = step;
    this.jobRepository = jobRepository;
    this.lists = lists;
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
    Path content = ListParameters.of(step).spooledIn(spool);
    try {
      opened =
          new Opened(
              received,
              lists.authority(list),
              new ListChunks(
                  new RevocationRowReader(content, received.format(), rest),
                  properties.chunkRows(),
                  clock));
    } catch (NoSuchFileException e) {
      throw ReceivedContent.gone(content);
    } catch (IOException e) {
      throw new ItemStreamException("The spooled list can't be read: " + e.getMessage(), e);
    }
  }

  @Override
  public RepeatStatus execute(StepContribution contribution, ChunkContext chunkContext)
      throws IOException {
    Opened current = opened();
    Chunk chunk = current.chunks().next();
    applied = chunk;
    for (int row = 0; row < chunk.rows(); row++) {
      contribution.incrementReadCount();
    }
    int listId = current.received().listId();
    lists.reject(listId, chunk.rejects());
    lists.keepForLater(listId, chunk.later());
    long refused = chunk.rejects().size();
    if (chunk.entries().size() > 0) {
      Map<Outcome, Long> outcomes = lists.apply(listId, chunk.entries(), current.authority(), true);
      refused +=
          outcomes.entrySet().stream()
              .filter(outcome -> outcome.getKey().verdict().rejected())
              .mapToLong(Map.Entry::getValue)
              .sum();
    }
    contribution.incrementWriteCount(chunk.rows() - refused);
    contribution.incrementFilterCount(refused);
    events.publishEvent(
        new StepProgressed(
            step.getJobExecutionId(),
            ApplyRevocationsJob.APPLY,
            chunk.rows(),
            current.received().rows()));
    return RepeatStatus.continueIf(chunk.more());
  }

  /** Called inside the chunk's transaction, before it commits. */
  @Override
  public void update(ExecutionContext context) {
    if (applied != null) {
      context.putLong(OFFSET, applied.offset());
      context.putLong(LINE, applied.line());
    }
  }

  @Override
  public void close() {
    if (opened != null) {
      try {
        opened.chunks().close();
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

  private record Opened(ReceivedList received, Authority authority, ListChunks chunks) {}
}
