package dev.muster.revocation;

import dev.muster.manifest.ManifestReceiver;
import dev.muster.manifest.ManifestRefusedException;
import dev.muster.manifest.ReceiveLimits;
import dev.muster.manifest.ReceivedManifest;
import dev.muster.manifest.RefusalCode;
import dev.muster.manifest.RevocationHeader;
import dev.muster.run.StepProgressed;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import org.springframework.batch.core.scope.context.ChunkContext;
import org.springframework.batch.core.step.StepContribution;
import org.springframework.batch.core.step.StepExecution;
import org.springframework.batch.core.step.tasklet.Tasklet;
import org.springframework.batch.infrastructure.repeat.RepeatStatus;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.stereotype.Component;

/** Copies the list to the spool, checks it as a whole, and gives it its number. */
@Component
@EnableConfigurationProperties(RevocationProperties.class)
class ReceiveList implements Tasklet {

  private final RevocationLists lists;
  private final ListSpool spool;
  private final RevocationProperties properties;
  private final ApplicationEventPublisher events;
  private final Clock clock;

  ReceiveList(
      RevocationLists lists,
      ListSpool spool,
      RevocationProperties properties,
      ApplicationEventPublisher events,
      Clock clock) {
    this.lists = lists;
    this.spool = spool;
    this.properties = properties;
    this.events = events;
    this.clock = clock;
  }

  @Override
  public RepeatStatus execute(StepContribution contribution, ChunkContext chunkContext)
      throws ManifestRefusedException, IOException {
    StepExecution step = contribution.getStepExecution();
    if (ReceivedList.isIn(step.getExecutionContext())) {
      return RepeatStatus.FINISHED; // killed right after the commit
    }
    ListParameters parameters = ListParameters.of(step);
    ReceivedManifest received = receive(parameters, step);
    RevocationHeader unused = new RevocationHeader(received.header());
    if (parameters.announcedRows() != null && parameters.announcedRows() != received.rows()) {
      throw new ManifestRefusedException(
          RefusalCode.ROW_COUNT_MISMATCH,
          "%,d rows were announced, but there are %,d. The file was cut off or changed on its way; send it again."
              .formatted(parameters.announcedRows(), received.rows()));
    }
    int listId =
        lists.add(
            parameters.run(), parameters.name(), parameters.actor(), received, clock.instant());
    new ReceivedList(listId, received.rows(), received.data()).to(step.getExecutionContext());
    return RepeatStatus.FINISHED;
  }

  private ReceivedManifest receive(ListParameters parameters, StepExecution step)
      throws ManifestRefusedException, IOException {
    Path spooled = spool.file(parameters.run());
    // By now the sender's file may be gone; the copy was made before.
    Path file = Files.isReadable(parameters.file()) ? parameters.file() : spooled;
    if (!Files.isReadable(file)) {
      throw new IOException(
          "%s can't be read any more. Put the list back there and restart this execution."
              .formatted(parameters.file()));
    }
    long size = Files.size(file);
    ReceivedManifest received =
        ManifestReceiver.receive(
            file,
            spooled,
            new ReceiveLimits(properties.maxListSize().toBytes()),
            bytes ->
                events.publishEvent(
                    new StepProgressed(
                        step.getJobExecutionId(), ApplyRevocationsJob.RECEIVE, bytes, size)));
    if (!received.sha256().equals(parameters.run().sha256())) {
      throw new IOException(
          "%s was changed while it was being read: its content had the SHA-256 %s, and now has %s. Send it again."
              .formatted(file, parameters.run().sha256(), received.sha256()));
    }
    return received;
  }
}
