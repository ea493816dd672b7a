package dev.muster.renewal;

import dev.muster.access.Audited;
import dev.muster.access.Guarded;
import dev.muster.access.NotThereException;
import dev.muster.access.Permission;
import dev.muster.access.Requires;
import dev.muster.credential.HubNumbers;
import dev.muster.credential.sas.Hub;
import dev.muster.credential.sas.Hubs;
import dev.muster.credential.sas.Placement;
import dev.muster.factory.Factories;
import dev.muster.renewal.Renewals.Asked;
import dev.muster.run.OperationRefusedException;
import dev.muster.status.FormerHubs;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Moves devices from hub to hub. */
@Guarded
@Component
public class ReassignRuns {

  private final RenewalRuns renewalRuns;
  private final Reassignments reassignments;
  private final FormerHubs formerHubs;
  private final Factories factories;
  private final Placement placement;
  private final Hubs hubs;
  private final HubNumbers hubNumbers;
  private final Clock clock;

  ReassignRuns(
      RenewalRuns renewalRuns,
      Reassignments reassignments,
      FormerHubs formerHubs,
      Factories factories,
      Placement placement,
      Hubs hubs,
      HubNumbers hubNumbers,
      Clock clock) {
    this.renewalRuns = renewalRuns;
    this.reassignments = reassignments;
    this.formerHubs = formerHubs;
    this.factories = factories;
    this.placement = placement;
    this.hubs = hubs;
    this.hubNumbers = hubNumbers;
    this.clock = clock;
  }

  /**
   * Gives devices tokens for their new hubs, and then assigns them there. What was begun before and
   * broken off is continued first.
   *
   * @param drained the hub that devices are to leave; null: they go where the weights want them
   * @param factory one factory's devices only; null: all
   * @param tokenLifetime how long the new tokens live; null: as their factory has it, or else as
   *     configured
   * @throws NotThereException when there is no such hub
   * @throws OperationRefusedException when it takes new devices still; or there is no such factory
   */
  @Requires(value = Permission.HUB_REPAIR, audit = "device.reassign", slow = true)
  public List<RenewalOutcome> reassign(
      @Audited("drained") @Nullable String drained,
      @Audited("factory") @Nullable String factory,
      @Nullable Duration tokenLifetime) {
    Asked asked = asked(drained, factory);
    return renewalRuns.alone(
        () -> {
          List<RenewalOutcome> outcomes = new ArrayList<>(renewalRuns.continueUnfinished(factory));
          if (outcomes.stream().noneMatch(RenewalOutcome::stopped)) {
            outcomes.addAll(renewalRuns.make(asked, factory, tokenLifetime));
          }
          return outcomes;
        });
  }

  /**
   * Sees to it that devices may be sent to this hub by hand.
   *
   * @throws OperationRefusedException when it is not the one that is set apart
   */
  @Requires(value = Permission.HUB_REPAIR, readOnly = true)
  public void mustBeApart(String hub) {
    short unused = reassignments.apart(hub);
  }

  /** The hub that devices may be sent to by hand; null: there is none. */
  @Requires(value = Permission.HUB_REPAIR, readOnly = true)
  public @Nullable String apart() {
    return placement.quarantineName();
  }

  /** What {@link #reassign} would do now. Changes nothing. */
  @Requires(value = Permission.HUB_REPAIR, readOnly = true)
  public List<RenewalOutcome> preview(@Nullable String drained, @Nullable String factory) {
    return renewalRuns.preview(asked(drained, factory), factory);
  }

  /**
   * Takes a factory's word that its devices have their tokens for their new hubs.
   *
   * @param factory null: all factories'
   * @return how many devices are shut out at the hub that they have left
   */
  @Requires(value = Permission.HUB_REPAIR, audit = "device.reassign.confirm")
  public int confirm(@Audited("factory") @Nullable String factory) {
    return reassignments.confirm(factory, clock.instant());
  }

  /** Where devices are not shut out yet that have moved. */
  @Requires(Permission.HUB_READ)
  public List<FormerHubs.Left> left() {
    return formerHubs.left();
  }

  private Asked asked(@Nullable String drained, @Nullable String factory) {
    if (factory != null && factories.find(factory).isEmpty()) {
      throw new OperationRefusedException("There is no factory '%s'.".formatted(factory));
    }
    if (drained == null) {
      return Asked.toMove(null);
    }
    if (hubs.accepting().stream().map(Hub::name).anyMatch(drained::equals)) {
      throw new OperationRefusedException(
          "Hub %s takes new devices still. Set draining: true beside its name under muster.hubs, restart every instance, and say this again."
              .formatted(drained));
    }
    return Asked.toMove(
        hubNumbers
            .find(drained)
            .orElseThrow(
                () ->
                    hubs.find(drained).isPresent()
                        ? new OperationRefusedException(
                            "No device was ever at a hub '%s'.".formatted(drained))
                        : new NotThereException(
                            "No device was ever at a hub '%s'.".formatted(drained))));
  }
}
