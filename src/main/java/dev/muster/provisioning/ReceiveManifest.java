package dev.muster.provisioning;

import dev.muster.factory.Factories;
import dev.muster.factory.Factory;
import dev.muster.manifest.ManifestRefusedException;
import dev.muster.manifest.ReceivedManifest;
import dev.muster.manifest.RefusalCode;
import dev.muster.registry.Manifests;
import dev.muster.run.PartitionProperties;
import dev.muster.run.RunSteps;
import dev.muster.store.ReceivedContent;
import dev.muster.store.Spool;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.springframework.batch.core.step.StepContribution;
import org.springframework.batch.core.step.StepExecution;
import org.springframework.stereotype.Component;

/** Registers the manifest that was received, or refuses it whole if it must be. */
@Component
class ReceiveManifest implements RunSteps.Work {

  private static final int MOST_RANGES = 1000;

  private final Factories factories;
  private final FactoryAdmission admission;
  private final RowJudge judge;
  private final Manifests manifests;
  private final Spool spool;
  private final ReceivedContent contents;
  private final ProvisioningProperties properties;
  private final PartitionProperties sharing;
  private final Clock clock;

  ReceiveManifest(
      Factories factories,
      FactoryAdmission admission,
      RowJudge judge,
      Manifests manifests,
      Spool spool,
      ReceivedContent contents,
      ProvisioningProperties properties,
      PartitionProperties sharing,
      Clock clock) {
    this.factories = factories;
    this.admission = admission;
    this.judge = judge;
    this.manifests = manifests;
    this.spool = spool;
    this.contents = contents;
    this.properties = properties;
    this.sharing = sharing;
    this.clock = clock;
  }

  @Override
  public void of(StepContribution contribution) throws ManifestRefusedException, IOException {
    StepExecution step = contribution.getStepExecution();
    if (Received.isIn(step.getExecutionContext())) {
      return; // killed right after the commit
    }
    RunParameters run = RunParameters.of(step);
    Factory factory = factory(run.factory());
    admission.mustBeOpen(factory);
    Path file = run.spooledIn(spool);
    ReceivedManifest received =
        contents.receive(
            file,
            properties.maxManifestSize().toBytes(),
            factories.format(run.factory()),
            run.announcedRows());
    admission.mustHaveRoom(
        factory,
        received.rows(),
        () ->
            judge
                .judge(file, received, run.factory(), null, run.updates(), reject -> {}, row -> {})
                .accepted());
    Instant now = clock.instant();
    int manifestId =
        manifests.add(
            run.factory(),
            run.manifest(),
            received,
            run.updates(),
            now,
            now.plus(run.tokenLifetime()).truncatedTo(ChronoUnit.SECONDS));
    new Received(
            manifestId, received.rows(), received.split(ranges(received.rows())), received.format())
        .to(step.getExecutionContext());
  }

  /**
   * Those of a manifest that is worth sharing are about a chunk each, so that there is something
   * for every instance, and so that what comes of it does not depend on how many there are.
   */
  private int ranges(long rows) {
    int ranges = properties.partitions();
    if (!sharing.shared(rows)) {
      return ranges;
    }
    long atOnce = (long) ranges * properties.chunkRows();
    long times = (rows + atOnce - 1) / atOnce;
    return (int) Math.min(ranges * times, MOST_RANGES);
  }

  private Factory factory(String id) throws ManifestRefusedException {
    return factories
        .find(id)
        .orElseThrow(
            () ->
                new ManifestRefusedException(
                    RefusalCode.UNKNOWN_FACTORY,
                    "There is no factory '%s'. Add it first, or name another.".formatted(id)));
  }
}
