package dev.muster.provisioning;

import dev.muster.factory.Factories;
import dev.muster.manifest.ManifestReceiver;
import dev.muster.manifest.ManifestRefusedException;
import dev.muster.manifest.ReceiveLimits;
import dev.muster.manifest.ReceivedManifest;
import dev.muster.manifest.RefusalCode;
import dev.muster.registry.Manifests;
import dev.muster.run.StepProgressed;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.springframework.batch.core.scope.context.ChunkContext;
import org.springframework.batch.core.step.StepContribution;
import org.springframework.batch.core.step.StepExecution;
import org.springframework.batch.core.step.tasklet.Tasklet;
import org.springframework.batch.infrastructure.repeat.RepeatStatus;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.stereotype.Component;

/** Takes the manifest into the spool, refuses it whole if it must be, and registers it. */
@Component
class ReceiveManifest implements Tasklet {

  private final Factories factories;
  private final Manifests manifests;
  private final Spool spool;
  private final ProvisioningProperties properties;
  private final ApplicationEventPublisher events;
  private final Clock clock;

  ReceiveManifest(
      Factories factories,
      Manifests manifests,
      Spool spool,
      ProvisioningProperties properties,
      ApplicationEventPublisher events,
      Clock clock) {
    this.factories = factories;
    this.manifests = manifests;
    this.spool = spool;
    this.properties = properties;
    this.events = events;
    this.clock = clock;
  }

  @Override
  public RepeatStatus execute(StepContribution contribution, ChunkContext chunkContext)
      throws ManifestRefusedException, IOException {
    StepExecution step = contribution.getStepExecution();
    if (Received.isIn(step.getExecutionContext())) {
      return RepeatStatus.FINISHED; // killed right after the commit
    }
    RunParameters run = RunParameters.of(step);
    if (factories.find(run.factory()).isEmpty()) {
      throw new ManifestRefusedException(
          RefusalCode.UNKNOWN_FACTORY,
          "There is no factory '%s'. Add it with jobs/factory add, or name another with --factory."
              .formatted(run.factory()));
    }
    ReceivedManifest received = receive(run, step);
    if (run.announcedRows() != null && run.announcedRows() != received.rows()) {
      throw new ManifestRefusedException(
          RefusalCode.ROW_COUNT_MISMATCH,
          "%,d rows were announced, but there are %,d. The file was cut off or changed on its way; send it again."
              .formatted(run.announcedRows(), received.rows()));
    }
    Instant now = clock.instant();
    int manifestId =
        manifests.add(
            run.factory(),
            run.manifest(),
            received,
            now,
            now.plus(run.tokenLifetime()).truncatedTo(ChronoUnit.SECONDS));
    new Received(manifestId, received.rows(), received.split(properties.partitions()))
        .to(step.getExecutionContext());
    return RepeatStatus.FINISHED;
  }

  private ReceivedManifest receive(RunParameters run, StepExecution step)
      throws ManifestRefusedException, IOException {
    Path spooled = spool.file(run);
    // A kill may have come after the copying and before the commit; by now the sender's file may be
    // gone.
    Path file = Files.isReadable(run.file()) ? run.file() : spooled;
    if (!Files.isReadable(file)) {
      throw new IOException(
          "%s can't be read any more. Put the manifest back there and restart this execution."
              .formatted(run.file()));
    }
    long size = Files.size(file);
    ReceivedManifest received =
        ManifestReceiver.receive(
            file,
            spooled,
            new ReceiveLimits(properties.maxManifestSize().toBytes()),
            bytes ->
                events.publishEvent(
                    new StepProgressed(
                        step.getJobExecutionId(), ProvisionManifestJob.RECEIVE, bytes, size)));
    if (!received.sha256().equals(run.sha256())) {
      throw new IOException(
          "%s was changed while it was being read: its content had the SHA-256 %s, and now has %s. Provision it again."
              .formatted(file, run.sha256(), received.sha256()));
    }
    return received;
  }
}
