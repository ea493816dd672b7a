package dev.muster.provisioning;

import dev.muster.bundle.Bundle;
import dev.muster.bundle.BundleContent;
import dev.muster.bundle.Purpose;
import dev.muster.bundle.Receipt;
import dev.muster.credential.sas.Hub;
import dev.muster.credential.sas.Hubs;
import dev.muster.registry.AcceptedDevices;
import dev.muster.registry.DeviceRange;
import dev.muster.registry.DeviceUpdates;
import dev.muster.registry.Manifest;
import dev.muster.registry.Manifests;
import dev.muster.store.Spool;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.springframework.batch.core.step.StepContribution;
import org.springframework.batch.core.step.StepExecution;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.stereotype.Component;

/** Bundles of manifests: their devices' first tokens, and the rows that were refused. */
@Component
class ManifestBundle implements BundleContent {

  private final EarlierSteps earlierSteps;
  private final Manifests manifests;
  private final DeviceUpdates updates;
  private final AcceptedDevices acceptedDevices;
  private final RejectsFile rejectsFile;
  private final Spool spool;
  private final Hubs hubs;
  private final Clock clock;
  private final ApplicationEventPublisher events;

  ManifestBundle(
      EarlierSteps earlierSteps,
      Manifests manifests,
      DeviceUpdates updates,
      AcceptedDevices acceptedDevices,
      RejectsFile rejectsFile,
      Spool spool,
      Hubs hubs,
      Clock clock,
      ApplicationEventPublisher events) {
    this.earlierSteps = earlierSteps;
    this.manifests = manifests;
    this.updates = updates;
    this.acceptedDevices = acceptedDevices;
    this.rejectsFile = rejectsFile;
    this.spool = spool;
    this.hubs = hubs;
    this.clock = clock;
    this.events = events;
  }

  @Override
  public boolean isFor(Purpose purpose) {
    return purpose == Purpose.PROVISION;
  }

  @Override
  public DeviceRange devices(Bundle bundle, int part, StepContribution contribution)
      throws IOException {
    Settled settled = earlierSteps.settled(contribution.getStepExecution());
    int manifest = manifests.ofBundle(bundle.id()).id();
    return acceptedDevices.read(
        spool.devices(manifest), manifest, settled.afterLine(part), settled.lastLine(part));
  }

  @Override
  public String receipt(Bundle bundle, List<Bundle.Part> parts, Path folder, StepExecution step)
      throws IOException {
    Manifest manifest = manifests.ofBundle(bundle.id());
    rejectsFile.write(
        manifest, earlierSteps.received(step).format(), RunParameters.of(step), folder);
    return receipt(step, manifest, bundle, parts).json();
  }

  @Override
  public Supplier<Boolean> handOver(Bundle bundle, String receipt) {
    Manifest manifest = manifests.ofBundle(bundle.id());
    return manifest.updates().any()
        ? updates.apply(manifest, Receipt.parse(receipt).completedAt())
        : () -> false;
  }

  @Override
  public void delivered(Bundle bundle, String outbox, String receipt) {
    Receipt parsed = Receipt.parse(receipt);
    int manifest = manifests.ofBundle(bundle.id()).id();
    manifests.warn(manifest, bundle.remarks());
    manifests.warn(manifest, withoutToken(parsed.leftOut()));
    manifests.delivered(
        bundle.id(), parsed.completedAt(), bundle.tokensExpireAt(), outbox, receipt);
    events.publishEvent(new ManifestDelivered(bundle.factory(), parsed.accepted()));
  }

  @Override
  public void clean(Bundle bundle, StepExecution step) throws IOException {
    acceptedDevices.removeSpooled(spool.devices(manifests.ofBundle(bundle.id()).id()));
  }

  private static List<String> withoutToken(long devices) {
    if (devices == 0) {
      return List.of();
    }
    return List.of(
        devices == 1
            ? "1 device has no token in this bundle: it was out of service when that was made."
            : "%,d devices have no token in this bundle: they were out of service when that was made."
                .formatted(devices));
  }

  private Receipt receipt(
      StepExecution step, Manifest manifest, Bundle bundle, List<Bundle.Part> parts) {
    Settled settled = earlierSteps.settled(step);
    long tokens = parts.stream().mapToLong(Bundle.Part::devices).sum();
    long shutOut = manifests.mostWithoutToken(manifest.id());
    // One that is shut out while its part is made may have a token there; its hub refuses it. One
    // that was, and is back by now, may have none.
    if (tokens > settled.accepted() || tokens + shutOut < settled.accepted()) {
      throw new IllegalStateException(
          "%d devices were accepted, but %d tokens were issued and %d devices are disabled or revoked. Nothing was delivered. Withdraw this run and report this: it must not happen."
              .formatted(settled.accepted(), tokens, shutOut));
    }
    long leftOut = settled.accepted() - tokens;
    return new Receipt(
        manifest.name(),
        manifest.sha256(),
        manifest.factory(),
        manifest.rows(),
        settled.accepted(),
        leftOut,
        settled.unchanged(),
        settled.updated(),
        settled.rejected(),
        settled.rejectsByCode(),
        manifest.blankRows(),
        manifest.attributes(),
        Stream.of(manifest.warnings(), bundle.remarks(), withoutToken(leftOut))
            .flatMap(List::stream)
            .toList(),
        parts.stream().map(Bundle.Part::shown).toList(),
        settled.devicesByHub().entrySet().stream()
            .map(
                count -> {
                  Hub hub = hubs.byName(count.getKey());
                  return new Receipt.HubShare(
                      hub.name(), hub.namespace(), hub.eventHub(), hub.keyName(), count.getValue());
                })
            .toList(),
        bundle.tokensExpireAt(),
        manifest.receivedAt(),
        clock.instant(),
        step.getJobExecutionId());
  }
}
