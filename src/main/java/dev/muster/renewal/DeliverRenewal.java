package dev.muster.renewal;

import dev.muster.bundle.Receipt;
import dev.muster.credential.sas.Hub;
import dev.muster.credential.sas.Hubs;
import dev.muster.home.MusterHome;
import dev.muster.provisioning.BundleFolder;
import dev.muster.registry.BundleParts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Objects;
import org.springframework.batch.core.scope.context.ChunkContext;
import org.springframework.batch.core.step.StepContribution;
import org.springframework.batch.core.step.StepExecution;
import org.springframework.batch.core.step.tasklet.Tasklet;
import org.springframework.batch.infrastructure.repeat.RepeatStatus;
import org.springframework.stereotype.Component;

/**
 * Puts the receipt beside the parts, makes all of it appear in the outbox at once, and then writes
 * down which token each device has now. Killed between the two, it finds its own receipt in the
 * outbox and only does the second.
 */
@Component
class DeliverRenewal implements Tasklet {

  private static final String RECEIPT = "receipt.json";

  private final Renewals renewals;
  private final BundleFolder folder;
  private final MusterHome home;
  private final Hubs hubs;
  private final Clock clock;

  DeliverRenewal(Renewals renewals, BundleFolder folder, MusterHome home, Hubs hubs, Clock clock) {
    this.renewals = renewals;
    this.folder = folder;
    this.home = home;
    this.hubs = hubs;
    this.clock = clock;
  }

  @Override
  public RepeatStatus execute(StepContribution contribution, ChunkContext chunkContext)
      throws IOException {
    StepExecution step = contribution.getStepExecution();
    Renewal renewal = renewals.get(RenewalParameters.renewalOf(step));
    if (renewal.delivered()) {
      return RepeatStatus.FINISHED;
    }
    List<BundleParts.Part> parts = renewals.parts(renewal.id());
    if (parts.stream().mapToLong(BundleParts.Part::devices).sum() == 0) {
      folder.remove(renewal.bundle());
      renewals.endedEmpty(renewal.id(), clock.instant());
      return RepeatStatus.FINISHED;
    }
    Path outbox = home.outbox().resolve(renewal.factory()).resolve(renewal.bundle());
    Path published = outbox.resolve(RECEIPT);
    if (!Files.exists(published)) {
      folder.assemble(
          renewal.bundle(), parts, "Give this run up with jobs/abandon and renew again.");
      receipt(step, renewal, parts).write(folder.staging(renewal.bundle()).resolve(RECEIPT));
      folder.publish(renewal.bundle(), outbox);
    }
    RenewalReceipt receipt = RenewalReceipt.parse(Files.readString(published));
    if (!receipt.requestedAt().equals(renewal.requestedAt())) {
      throw new IOException(
          "%s is in the way: it holds another bundle. Move it elsewhere and restart this execution."
              .formatted(outbox));
    }
    renewals.deliver(renewal, receipt.completedAt(), outbox.toString(), receipt.json());
    return RepeatStatus.FINISHED;
  }

  private RenewalReceipt receipt(
      StepExecution step, Renewal renewal, List<BundleParts.Part> parts) {
    long tokens = parts.stream().mapToLong(BundleParts.Part::devices).sum();
    return new RenewalReceipt(
        renewal.id(),
        renewal.factory(),
        renewal.purpose(),
        tokens,
        Objects.requireNonNull(renewal.devices()) - tokens,
        parts.stream()
            .map(part -> new Receipt.Part(part.name(), part.sha256(), part.bytes(), part.devices()))
            .toList(),
        renewals.devicesByHub(renewal.id()).entrySet().stream()
            .map(
                count -> {
                  Hub hub = hubs.byName(count.getKey());
                  return new Receipt.HubShare(
                      hub.name(), hub.namespace(), hub.eventHub(), hub.keyName(), count.getValue());
                })
            .toList(),
        renewal.tokensExpireAt(),
        renewal.requestedAt(),
        clock.instant(),
        step.getJobExecutionId());
  }
}
