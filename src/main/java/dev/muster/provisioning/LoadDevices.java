package dev.muster.provisioning;

import dev.muster.credential.sas.Placement;
import dev.muster.credential.sas.Places;
import dev.muster.factory.Factories;
import dev.muster.manifest.Accepted;
import dev.muster.manifest.ManifestRange;
import dev.muster.manifest.ManifestRowReader;
import dev.muster.manifest.Rejected;
import dev.muster.manifest.Verdict;
import dev.muster.registry.AcceptedDevices;
import dev.muster.registry.DeviceChunk;
import dev.muster.registry.DeviceChunks;
import dev.muster.registry.DeviceLoader;
import dev.muster.registry.Manifests;
import dev.muster.run.PartitionNumber;
import dev.muster.run.StepProgressed;
import dev.muster.store.ReceivedContent;
import dev.muster.store.Spool;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.batch.core.configuration.annotation.StepScope;
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
 * Loads one range of a manifest, chunk by chunk. Devices, rejects, and how far the range has come
 * are saved in one transaction a chunk; a restart continues behind the last one that was committed.
 */
@Component
@StepScope
class LoadDevices implements Tasklet, ItemStream {

  private static final String OFFSET = "offset";
  private static final String LINE = "line";

  /**
   * A rest of this part of a chunk goes with the chunk before it: ranges are cut by bytes, and a
   * few hundred rows behind a whole chunk would take the time of a third of one, because each
   * touches a page of the primary key of its own.
   */
  private static final int REST = 32;

  private final StepExecution step;
  private final EarlierSteps earlierSteps;
  private final Factories factories;
  private final Manifests manifests;
  private final Spool spool;
  private final ReceivedContent contents;
  private final Placement placement;
  private final DeviceChunks chunks;
  private final DeviceLoader loader;
  private final AcceptedDevices acceptedDevices;
  private final ProvisioningProperties properties;
  private final ApplicationEventPublisher events;

  private @Nullable Range range;

  LoadDevices(
      @Value("#{stepExecution}") StepExecution step,
      EarlierSteps earlierSteps,
      Factories factories,
      Manifests manifests,
      Spool spool,
      ReceivedContent contents,
      Placement placement,
      DeviceChunks chunks,
      DeviceLoader loader,
      AcceptedDevices acceptedDevices,
      ProvisioningProperties properties,
      ApplicationEventPublisher events) {
    this.step = step;
    this.earlierSteps = earlierSteps;
    this.factories = factories;
    this.manifests = manifests;
    this.spool = spool;
    this.contents = contents;
    this.placement = placement;
    this.chunks = chunks;
    this.loader = loader;
    this.acceptedDevices = acceptedDevices;
    this.properties = properties;
    this.events = events;
  }

  @Override
  public void open(ExecutionContext context) {
    Received received = earlierSteps.received(step);
    ManifestRange whole = received.ranges().get(PartitionNumber.of(step) - 1);
    ManifestRange rest =
        new ManifestRange(
            context.getLong(OFFSET, whole.offset()),
            whole.end(),
            context.getLong(LINE, whole.line()));
    RunParameters run = RunParameters.of(step);
    Path content = run.spooledIn(spool);
    try {
      range =
          new Range(
              received.rows(),
              new ManifestRowReader(contents.open(content), received.format(), run.updates(), rest),
              received.manifestId(),
              whole.end(),
              chunks.take((int) Math.min(mostRows(), received.rows())),
              placement.within(factories.hubs(run.factory()), null),
              spool.devices(received.manifestId()));
    } catch (NoSuchFileException e) {
      throw ReceivedContent.gone(content);
    } catch (IOException e) {
      throw new ItemStreamException("The spooled manifest can't be read: " + e.getMessage(), e);
    }
  }

  @Override
  public RepeatStatus execute(StepContribution contribution, ChunkContext chunkContext)
      throws IOException {
    Range current = opened();
    DeviceChunk chunk = current.chunk();
    chunk.begin(current.manifestId());
    List<Rejected> rejects = new ArrayList<>();
    boolean more = true;
    int rows = 0;
    long began = current.reader().offset();
    while (rows < properties.chunkRows() || (rows < mostRows() && current.endsSoon(began))) {
      Verdict verdict = current.reader().next();
      if (verdict == null) {
        more = false;
        manifests.warn(earlierSteps.received(step).manifestId(), current.reader().warnings());
        break;
      }
      rows++;
      contribution.incrementReadCount();
      if (verdict instanceof Accepted device) {
        short hub = current.places().hubOf(device);
        if (hub == Places.NONE) {
          rejects.add(current.places().refused(device));
        } else {
          chunk.add(device, hub);
        }
      } else {
        rejects.add((Rejected) verdict);
      }
    }
    int losers = loader.load(chunk, rejects);
    acceptedDevices.spool(current.spooledDevices(), chunk);
    contribution.incrementWriteCount(chunk.size() - losers);
    contribution.incrementFilterCount(rejects.size() + losers);
    events.publishEvent(
        new StepProgressed(
            step.getJobExecutionId(), ProvisionManifestJob.LOAD, rows, current.rows()));
    return RepeatStatus.continueIf(more);
  }

  /** Called inside the chunk's transaction, before it commits. */
  @Override
  public void update(ExecutionContext context) {
    if (range != null) {
      context.putLong(OFFSET, range.reader().offset());
      context.putLong(LINE, range.reader().line());
    }
  }

  @Override
  public void close() {
    if (range != null) {
      Range done = range;
      range = null;
      chunks.giveBack(done.chunk());
      try {
        done.reader().close();
      } catch (IOException e) {
        throw new ItemStreamException("The spooled manifest can't be closed: " + e.getMessage(), e);
      }
    }
  }

  private int mostRows() {
    int rows = properties.chunkRows();
    return Math.min(rows + rows / (REST / 2), DeviceChunk.MAX_ROWS);
  }

  private Range opened() {
    if (range == null) {
      throw new IllegalStateException("The range was not opened.");
    }
    return range;
  }

  /** What is open while the range is loaded; {@code rows} are those of the whole manifest. */
  private record Range(
      long rows,
      ManifestRowReader reader,
      int manifestId,
      long end,
      DeviceChunk chunk,
      Places places,
      Path spooledDevices) {

    /** Whether there is hardly anything behind what was read since this offset. */
    boolean endsSoon(long began) {
      long read = reader.offset() - began;
      return end - reader.offset() <= read / REST;
    }
  }
}
