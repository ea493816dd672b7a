package dev.muster.renewal;

import dev.muster.bundle.Bundle;
import dev.muster.bundle.BundleContent;
import dev.muster.bundle.Purpose;
import dev.muster.bundle.Receipt;
import dev.muster.credential.sas.Hub;
import dev.muster.credential.sas.Hubs;
import dev.muster.registry.DeviceRange;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.batch.core.step.StepContribution;
import org.springframework.batch.core.step.StepExecution;
import org.springframework.stereotype.Component;

/**
 * Bundles of renewals. Devices that went out of service since they were selected leave the renewal
 * in the transaction that remembers their part, so that what is in the part and what is handed over
 * are the same.
 */
@Component
class RenewalBundle implements BundleContent {

  private final Renewals renewals;
  private final Hubs hubs;
  private final Clock clock;

  RenewalBundle(Renewals renewals, Hubs hubs, Clock clock) {
    this.renewals = renewals;
    this.hubs = hubs;
    this.clock = clock;
  }

  @Override
  public boolean isFor(Purpose purpose) {
    return purpose != Purpose.PROVISION;
  }

  @Override
  public DeviceRange devices(Bundle bundle, int part, StepContribution contribution) {
    int renewal = renewals.ofBundle(bundle.id()).id();
    contribution.incrementFilterCount(renewals.leaveOutShutOut(renewal, part));
    return renewals.devices(renewal, part);
  }

  @Override
  public boolean endedEmpty(Bundle bundle, Instant at) {
    renewals.endedEmpty(renewals.ofBundle(bundle.id()).id(), at);
    return true;
  }

  @Override
  public String receipt(Bundle bundle, List<Bundle.Part> parts, Path folder, StepExecution step) {
    return receipt(step, renewals.ofBundle(bundle.id()), bundle, parts).json();
  }

  @Override
  public @Nullable Instant oldTokensEnd(Bundle bundle) {
    return renewals.oldTokensEnd(renewals.ofBundle(bundle.id()).id());
  }

  @Override
  public Supplier<Boolean> handOver(Bundle bundle, String receipt) {
    return renewals.handOver(
        renewals.ofBundle(bundle.id()),
        RenewalReceipt.parse(receipt).completedAt(),
        bundle.tokensExpireAt());
  }

  @Override
  public void delivered(Bundle bundle, String outbox, String receipt) {
    renewals.deliver(
        renewals.ofBundle(bundle.id()).id(),
        RenewalReceipt.parse(receipt).completedAt(),
        bundle.tokensExpireAt(),
        outbox,
        receipt);
  }

  private RenewalReceipt receipt(
      StepExecution step, Renewal renewal, Bundle bundle, List<Bundle.Part> parts) {
    long tokens = parts.stream().mapToLong(Bundle.Part::devices).sum();
    return new RenewalReceipt(
        renewal.id(),
        renewal.factory(),
        renewal.purpose(),
        tokens,
        Objects.requireNonNull(renewal.devices()) - tokens,
        parts.stream().map(Bundle.Part::shown).toList(),
        renewals.devicesByHub(renewal.id()).entrySet().stream()
            .map(
                count -> {
                  Hub hub = hubs.byName(count.getKey());
                  return new Receipt.HubShare(
                      hub.name(), hub.namespace(), hub.eventHub(), hub.keyName(), count.getValue());
                })
            .toList(),
        bundle.remarks(),
        bundle.tokensExpireAt(),
        renewal.requestedAt(),
        clock.instant(),
        step.getJobExecutionId());
  }
}
