package dev.muster.provisioning;

import dev.muster.bundle.Receipt;
import dev.muster.credential.sas.Hub;
import dev.muster.credential.sas.Hubs;
import dev.muster.registry.BundleParts;
import dev.muster.registry.Manifest;
import dev.muster.registry.Manifests;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import org.springframework.batch.core.scope.context.ChunkContext;
import org.springframework.batch.core.step.StepContribution;
import org.springframework.batch.core.step.StepExecution;
import org.springframework.batch.core.step.tasklet.Tasklet;
import org.springframework.batch.infrastructure.repeat.RepeatStatus;
import org.springframework.stereotype.Component;

/**
 * Puts rejects and receipt beside the parts, makes all of it appear in the outbox at once, and then
 * marks the manifest delivered. Killed between the two, it finds its own receipt in the outbox and
 * only does the second.
 */
@Component
class DeliverBundle implements Tasklet {

  private static final String RECEIPT = "receipt.json";

  private final EarlierSteps earlierSteps;
  private final Manifests manifests;
  private final BundleParts parts;
  private final BundleFolder folder;
  private final RejectsFile rejectsFile;
  private final Spool spool;
  private final Hubs hubs;
  private final Clock clock;

  DeliverBundle(
      EarlierSteps earlierSteps,
      Manifests manifests,
      BundleParts parts,
      BundleFolder folder,
      RejectsFile rejectsFile,
      Spool spool,
      Hubs hubs,
      Clock clock) {
    this.earlierSteps = earlierSteps;
    this.manifests = manifests;
    this.parts = parts;
    this.folder = folder;
    this.rejectsFile = rejectsFile;
    this.spool = spool;
    this.hubs = hubs;
    this.clock = clock;
  }

  @Override
  public RepeatStatus execute(StepContribution contribution, ChunkContext chunkContext)
      throws IOException {
    StepExecution step = contribution.getStepExecution();
    RunParameters run = RunParameters.of(step);
    Manifest manifest = manifests.get(earlierSteps.received(step).manifestId());
    if (!manifest.delivered()) {
      Path outbox = folder.outbox(run);
      Path published = outbox.resolve(RECEIPT);
      if (!Files.exists(published)) {
        String bundle = BundleFolder.bundle(manifest.id());
        Path staging = folder.staging(bundle);
        folder.assemble(
            bundle, parts.of(manifest.id()), "Withdraw this run and send the manifest again.");
        rejectsFile.write(manifest.id(), staging.resolve(RejectsFile.NAME));
        receipt(step, manifest).write(staging.resolve(RECEIPT));
        folder.publish(bundle, outbox);
      }
      Receipt receipt = Receipt.parse(Files.readString(published));
      if (!receipt.sha256().equals(manifest.sha256())
          || !receipt.tokensExpireAt().equals(manifest.tokensExpireAt())) {
        throw new IOException(
            "%s is in the way: it holds another bundle. Move it elsewhere and restart this execution."
                .formatted(outbox));
      }
      manifests.delivered(manifest.id(), receipt.completedAt(), outbox.toString(), receipt.json());
    }
    spool.remove(run, manifest.id());
    return RepeatStatus.FINISHED;
  }

  private Receipt receipt(StepExecution step, Manifest manifest) {
    Settled settled = earlierSteps.settled(step);
    long tokens = parts.of(manifest.id()).stream().mapToLong(BundleParts.Part::devices).sum();
    long shutOut = manifests.disabledOrRevoked(manifest.id());
    // One that is shut out while its part is made may have a token there; its hub refuses it.
    if (tokens > settled.accepted() || tokens + shutOut < settled.accepted()) {
      throw new IllegalStateException(
          "%d devices were accepted, but %d tokens were issued and %d devices are disabled or revoked. Nothing was delivered. Withdraw this run and report this: it must not happen."
              .formatted(settled.accepted(), tokens, shutOut));
    }
    List<Receipt.Part> delivered =
        parts.of(manifest.id()).stream()
            .map(part -> new Receipt.Part(part.name(), part.sha256(), part.bytes(), part.devices()))
            .toList();
    return new Receipt(
        manifest.name(),
        manifest.sha256(),
        manifest.factory(),
        manifest.rows(),
        settled.accepted(),
        settled.rejected(),
        settled.rejectsByCode(),
        delivered,
        settled.devicesByHub().entrySet().stream()
            .map(
                count -> {
                  Hub hub = hubs.byName(count.getKey());
                  return new Receipt.HubShare(
                      hub.name(), hub.namespace(), hub.eventHub(), hub.keyName(), count.getValue());
                })
            .toList(),
        manifest.tokensExpireAt(),
        manifest.receivedAt(),
        clock.instant(),
        step.getJobExecutionId());
  }
}
