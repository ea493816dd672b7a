package dev.muster.provisioning;

import dev.muster.credential.SigningKeys;
import dev.muster.registry.AcceptedDevices;
import dev.muster.registry.BundleParts;
import dev.muster.registry.DeviceRange;
import dev.muster.registry.Manifest;
import dev.muster.registry.Manifests;
import java.io.IOException;
import java.util.Objects;
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
  private final Manifests manifests;
  private final AcceptedDevices acceptedDevices;
  private final BundleParts parts;
  private final Spool spool;
  private final TokenParts tokenParts;
  private final SigningKeys signingKeys;
  private final ApplicationEventPublisher events;

  IssueTokens(
      EarlierSteps earlierSteps,
      Manifests manifests,
      AcceptedDevices acceptedDevices,
      BundleParts parts,
      Spool spool,
      TokenParts tokenParts,
      SigningKeys signingKeys,
      ApplicationEventPublisher events) {
    this.earlierSteps = earlierSteps;
    this.manifests = manifests;
    this.acceptedDevices = acceptedDevices;
    this.parts = parts;
    this.spool = spool;
    this.tokenParts = tokenParts;
    this.signingKeys = signingKeys;
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
    Manifest manifest = manifests.get(manifestId);
    SigningKeys.Issuers issuers =
        signingKeys.issuers(Objects.requireNonNull(manifest.keysAt()), manifest.tokensExpireAt());
    parts.save(
        manifestId,
        tokenParts.write(
            step,
            BundleFolder.bundle(manifestId),
            manifest.factory(),
            settled.parts(),
            devices,
            issuers));
    contribution.incrementWriteCount(devices.size());
    events.publishEvent(
        new StepProgressed(
            step.getJobExecutionId(),
            ProvisionManifestJob.ISSUE,
            devices.size(),
            settled.accepted()));
    return RepeatStatus.FINISHED;
  }
}
