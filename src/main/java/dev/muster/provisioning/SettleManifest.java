package dev.muster.provisioning;

import dev.muster.bundle.Bundle;
import dev.muster.bundle.Bundles;
import dev.muster.bundle.Purpose;
import dev.muster.credential.SigningKeys;
import dev.muster.manifest.Rejected;
import dev.muster.registry.DeviceUpdates;
import dev.muster.registry.Manifest;
import dev.muster.registry.Manifests;
import dev.muster.registry.Rejects;
import dev.muster.run.RunSteps;
import java.io.IOException;
import java.util.List;
import org.springframework.batch.core.repository.JobRepository;
import org.springframework.batch.core.step.NoSuchStepException;
import org.springframework.batch.core.step.StepContribution;
import org.springframework.batch.core.step.StepExecution;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.stereotype.Component;

/**
 * Counts what the registry took and decides whether the run may go on: the last moment before any
 * token exists, so it is also here that the keys are fixed that sign them. The totals are counted
 * in the database, not added up on the way, so that they are the truth after any restart.
 */
@Component
class SettleManifest implements RunSteps.Work {

  private static final int NAMED = 3;

  private final EarlierSteps earlierSteps;
  private final Manifests manifests;
  private final DeviceUpdates updates;
  private final SigningKeys signingKeys;
  private final Bundles bundles;
  private final Withdrawal withdrawal;
  private final RejectsFile rejectsFile;
  private final Rejects rejects;
  private final ProvisioningProperties properties;
  private final JobRepository jobRepository;
  private final ApplicationEventPublisher events;

  SettleManifest(
      EarlierSteps earlierSteps,
      Manifests manifests,
      DeviceUpdates updates,
      SigningKeys signingKeys,
      Bundles bundles,
      Withdrawal withdrawal,
      RejectsFile rejectsFile,
      Rejects rejects,
      ProvisioningProperties properties,
      JobRepository jobRepository,
      ApplicationEventPublisher events) {
    this.earlierSteps = earlierSteps;
    this.manifests = manifests;
    this.updates = updates;
    this.signingKeys = signingKeys;
    this.bundles = bundles;
    this.withdrawal = withdrawal;
    this.rejectsFile = rejectsFile;
    this.rejects = rejects;
    this.properties = properties;
    this.jobRepository = jobRepository;
    this.events = events;
  }

  @Override
  public void of(StepContribution contribution)
      throws TooManyRejectsException, IOException, NoSuchStepException {
    StepExecution step = contribution.getStepExecution();
    Received received = earlierSteps.received(step);
    int manifestId = received.manifestId();
    manifests.nameFirstLines(manifestId);
    RunParameters run = RunParameters.of(step);
    long updated = 0;
    if (run.updates().any()) {
      updates.rejectRepeats(manifestId);
      updated = updates.waiting(manifestId);
    }
    List<Long> lastLines = manifests.cutLines(manifestId, properties.partDevices());
    Settled settled =
        new Settled(
            manifests.devicesByHub(manifestId),
            manifests.unchanged(manifestId),
            updated,
            manifests.rejectsByCode(manifestId),
            lastLines.isEmpty() ? lastLines : lastLines.subList(0, lastLines.size() - 1));
    if (settled.rows() != received.rows()) {
      throw new IllegalStateException(
          "The manifest has %d rows, but %d devices, %d that were there before, %d to change, and %d rejects are in the registry. Nothing was issued. Withdraw this run and report this: it must not happen."
              .formatted(
                  received.rows(),
                  settled.accepted(),
                  settled.unchanged(),
                  settled.updated(),
                  settled.rejected()));
    }
    if (jobRepository.getStepExecutionCount(
            step.getJobExecution().getJobInstance(), step.getStepName())
        == 1) {
      events.publishEvent(
          new ManifestSettled(run.factory(), settled.accepted(), settled.rejectsByCode()));
    }
    if (run.maxRejects().exceededBy(settled.rejected(), received.rows())) {
      throw tooMany(step, run, received, settled);
    }
    if (run.updates().any()) {
      // Not before: taking the manifest back writes to its row, in a transaction of its own.
      manifests.warn(manifestId, placesKept(updates.placesKept(manifestId)));
    }
    Manifest manifest = manifests.get(manifestId);
    int keysAt = signingKeys.hold();
    int bundle =
        bundles.begin(
            step,
            new Bundle.Plan(
                manifest.factory(),
                Purpose.PROVISION,
                run.bundleName(),
                keysAt,
                manifest.tokensExpireAt(),
                run.tokenLifetime(),
                settled.parts(),
                settled.accepted()));
    manifests.begun(manifestId, bundle, keysAt);
    settled.to(step.getExecutionContext());
  }

  private static List<String> placesKept(long devices) {
    return devices == 0 ? List.of() : List.of(ManifestCheck.placesKept(devices));
  }

  /** Its message is for whoever sent the manifest; what operators can do, the kind of run says. */
  private TooManyRejectsException tooMany(
      StepExecution step, RunParameters run, Received received, Settled settled)
      throws IOException {
    rejectsFile.writeRefused(manifests.get(received.manifestId()), received.format(), run);
    String counted =
        "%d of %d rows were refused, and the limit is %s. %s "
            .formatted(
                settled.rejected(),
                received.rows(),
                run.maxRejects(),
                Rejected.sentences(rejects.first(received.manifestId(), NAMED)));
    if (run.maxRejects().allOrNothing()) {
      withdrawal.withdraw(received.manifestId(), step.getJobExecution());
      return new TooManyRejectsException(
          counted
              + "All or nothing was asked for: the other rows were taken back. Send the corrected"
              + " manifest.",
          true);
    }
    return new TooManyRejectsException(
        counted
            + "No token was issued. Withdraw it and send it corrected, or have the operator let it"
            + " go on without the refused rows.",
        false);
  }
}
