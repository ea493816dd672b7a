package dev.muster.provisioning;

import dev.muster.bundle.AgeRecipient;
import dev.muster.bundle.BundlePart;
import dev.muster.bundle.BundlePartWriter;
import dev.muster.factory.Factories;
import dev.muster.registry.AcceptedDevices;
import dev.muster.registry.BundleParts;
import dev.muster.registry.DeviceRange;
import dev.muster.registry.HubNumbers;
import dev.muster.registry.Manifest;
import dev.muster.registry.Manifests;
import dev.muster.token.DeviceTokens;
import dev.muster.token.Hub;
import dev.muster.token.Hubs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.batch.core.scope.context.ChunkContext;
import org.springframework.batch.core.step.StepContribution;
import org.springframework.batch.core.step.StepExecution;
import org.springframework.batch.core.step.tasklet.Tasklet;
import org.springframework.batch.infrastructure.repeat.RepeatStatus;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.stereotype.Component;

/**
 * Makes one part of the bundle. Tokens are a function of device, hub, key and expiry, so a part can
 * be thrown away and made again at any time; a finished one is remembered with its SHA-256.
 */
@Component
class IssueTokens implements Tasklet {

  private final EarlierSteps earlierSteps;
  private final Factories factories;
  private final Manifests manifests;
  private final AcceptedDevices acceptedDevices;
  private final BundleParts parts;
  private final Spool spool;
  private final BundleFolder folder;
  private final Hubs hubs;
  private final HubNumbers hubNumbers;
  private final ApplicationEventPublisher events;

  IssueTokens(
      EarlierSteps earlierSteps,
      Factories factories,
      Manifests manifests,
      AcceptedDevices acceptedDevices,
      BundleParts parts,
      Spool spool,
      BundleFolder folder,
      Hubs hubs,
      HubNumbers hubNumbers,
      ApplicationEventPublisher events) {
    this.earlierSteps = earlierSteps;
    this.factories = factories;
    this.manifests = manifests;
    this.acceptedDevices = acceptedDevices;
    this.parts = parts;
    this.spool = spool;
    this.folder = folder;
    this.hubs = hubs;
    this.hubNumbers = hubNumbers;
    this.events = events;
  }

  @Override
  public RepeatStatus execute(StepContribution contribution, ChunkContext chunkContext)
      throws IOException {
    StepExecution step = contribution.getStepExecution();
    int number = PartitionNumber.of(step);
    int manifestId = earlierSteps.received(step).manifestId();
    Settled settled = earlierSteps.settled(step);
    DeviceRange devices =
        acceptedDevices.read(
            spool.devices(manifestId),
            manifestId,
            settled.afterLine(number),
            settled.lastLine(number));
    String name = BundlePartWriter.partName(number, settled.parts());
    // Of this execution only: one that was taken for dead may still be writing, and its files must
    // not be taken for ours.
    String staged = step.getJobExecutionId() + "-" + name;
    BundlePart part = write(manifests.get(manifestId), staged, devices);
    parts.save(
        manifestId,
        new BundleParts.Part(number, name, staged, part.sha256(), part.bytes(), part.devices()));
    contribution.incrementWriteCount(devices.size());
    events.publishEvent(
        new StepProgressed(
            step.getJobExecutionId(),
            ProvisionManifestJob.ISSUE,
            devices.size(),
            settled.accepted()));
    return RepeatStatus.FINISHED;
  }

  private BundlePart write(Manifest manifest, String name, DeviceRange devices) throws IOException {
    List<AgeRecipient> recipients =
        factories
            .find(manifest.factory())
            .orElseThrow(
                () ->
                    new IllegalStateException(
                        "Factory '%s' was removed. Add it again and restart this execution."
                            .formatted(manifest.factory())))
            .recipients();
    Path file = folder.staging(manifest.id()).resolve(name);
    Files.deleteIfExists(file);
    @Nullable Issuer[] issuers = issuers(manifest);
    try (BundlePartWriter writer = new BundlePartWriter(file, recipients)) {
      for (int place = 0; place < devices.size(); place++) {
        short number = devices.hub(place);
        Issuer issuer = number < issuers.length ? issuers[number] : null;
        if (issuer == null) {
          throw new IllegalStateException(
              "A device is assigned to hub number %d, which is not configured any more. Configure it again and restart this execution."
                  .formatted(number));
        }
        writer.add(devices.guidHigh(place), devices.guidLow(place), issuer.hub(), issuer.tokens());
      }
      return writer.finish();
    }
  }

  /** Who issues tokens for which hub, at the hub's number; null where a hub is not configured. */
  private @Nullable Issuer[] issuers(Manifest manifest) {
    List<Hub> configured = hubs.all();
    List<Short> numbers = hubNumbers.assign(configured.stream().map(Hub::name).toList());
    @Nullable Issuer[] issuers = new @Nullable Issuer[Collections.max(numbers) + 1];
    for (int i = 0; i < numbers.size(); i++) {
      Hub hub = configured.get(i);
      issuers[numbers.get(i)] =
          new Issuer(hub, new DeviceTokens(hub, hub.primaryKey(), manifest.tokensExpireAt()));
    }
    return issuers;
  }

  private record Issuer(Hub hub, DeviceTokens tokens) {}
}
