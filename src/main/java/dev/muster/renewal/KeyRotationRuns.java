package dev.muster.renewal;

import dev.muster.access.Audited;
import dev.muster.access.Guarded;
import dev.muster.access.Permission;
import dev.muster.access.Requires;
import dev.muster.credential.sas.Hub;
import dev.muster.credential.sas.Hubs;
import dev.muster.renewal.Renewals.Asked;
import dev.muster.run.OperationRefusedException;
import dev.muster.run.RunUnderWayException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Starts rotations of hubs' keys, continues them, and says how far they are. */
@Guarded
@Component
public class KeyRotationRuns {

  private final KeyRotations rotations;
  private final RenewalRuns renewalRuns;
  private final Hubs hubs;
  private final Clock clock;

  KeyRotationRuns(KeyRotations rotations, RenewalRuns renewalRuns, Hubs hubs, Clock clock) {
    this.rotations = rotations;
    this.renewalRuns = renewalRuns;
    this.hubs = hubs;
    this.clock = clock;
  }

  /** What was done now, and how far the rotation is. */
  public record Rotated(List<RenewalOutcome> renewals, RotationStatus status) {}

  /**
   * Starts the hub's rotation, or goes on with the one that is under way.
   *
   * @param tokenLifetime how long the new tokens live; null: as their factory has it, or else as
   *     configured
   * @param compromised whether somebody else may have the old key: no token of it is exchanged from
   *     now on, before any device has a new one
   * @throws OperationRefusedException when there is no such hub, or its other key is not
   *     configured; or others renew tokens at this moment, for whom a compromised key does not wait
   */
  @Requires(value = Permission.KEY_ROTATE, slow = true, fresh = true)
  public Rotated rotate(
      @Audited("hub") String name,
      @Nullable Duration tokenLifetime,
      @Audited("compromised") boolean compromised) {
    Hub hub = hub(name);
    if (!compromised) {
      return renewalRuns.alone(() -> renew(hub, tokenLifetime));
    }
    KeyRotation unused = rotations.start(hub, clock.instant(), true);
    try {
      return renewalRuns.alone(() -> renew(hub, tokenLifetime));
    } catch (RunUnderWayException e) {
      throw new RunUnderWayException(
          "The key of hub %s is switched, and no token of the old one is exchanged any more. Another process renews tokens at this moment; once it is through, say this again for the devices' new tokens."
              .formatted(name));
    }
  }

  /**
   * The first step of a rotation of a compromised key, and nothing else: what waits for others
   * follows.
   */
  @Requires(value = Permission.KEY_ROTATE, audit = "key.rotate.refuse-old", fresh = true)
  public void refuseOldKey(@Audited("hub") String name) {
    KeyRotation unused = rotations.start(hub(name), clock.instant(), true);
  }

  private Rotated renew(Hub hub, @Nullable Duration tokenLifetime) {
    KeyRotation rotation =
        rotations
            .underWay(hub.name())
            .orElseGet(() -> rotations.start(hub, clock.instant(), false));
    // Those that were selected before, with the old key, too: only what is delivered can be moved
    // to the new one.
    List<RenewalOutcome> outcomes = new ArrayList<>(renewalRuns.continueUnfinished(null));
    outcomes.addAll(renewalRuns.make(Asked.ofOldKey(rotation.hubId()), null, tokenLifetime));
    return new Rotated(
        outcomes.stream()
            .filter(outcome -> !outcome.status().equals(RenewalOutcome.NOTHING_DUE))
            .toList(),
        rotations.status(rotation));
  }

  /** How far the hub's last rotation is, done or not. */
  @Requires(Permission.HUB_READ)
  public RotationStatus status(String name) {
    return rotations.status(
        rotations
            .last(hub(name).name())
            .orElseThrow(
                () ->
                    new OperationRefusedException(
                        "The key of hub %s was never rotated. Start a rotation of it first."
                            .formatted(name))));
  }

  /** The hub's last rotation, done or not; empty when its key was never rotated. */
  @Requires(Permission.HUB_READ)
  public Optional<KeyRotation> last(String name) {
    return rotations.last(hub(name).name());
  }

  /** The rotations that are under way, without counting how far each is. */
  @Requires(Permission.HUB_READ)
  public List<KeyRotation> underWay() {
    return rotations.underWay();
  }

  /** How far all rotations are that are under way. */
  @Requires(Permission.HUB_READ)
  public List<RotationStatus> all() {
    return rotations.underWay().stream().map(rotations::status).toList();
  }

  /**
   * Takes a factory's word that its devices have their new tokens.
   *
   * @param factory null: all factories'
   */
  @Requires(value = Permission.KEY_ROTATE, audit = "key.rotate.confirm")
  public RotationStatus confirm(
      @Audited("hub") String name, @Audited("factory") @Nullable String factory) {
    KeyRotation rotation = mustBeUnderWay(name);
    int confirmed = rotations.confirm(rotation, factory, clock.instant());
    RotationStatus status = rotations.status(rotation);
    if (confirmed == 0
        && factory != null
        && status.factories().stream()
            .noneMatch(share -> share.factory().equals(factory) && !share.bundles().isEmpty())) {
      throw new OperationRefusedException(
          "No bundle of this rotation was delivered to factory '%s'; there is nothing to confirm."
              .formatted(factory));
    }
    return status;
  }

  /**
   * Ends the hub's rotation, because its old key is regenerated: tokens of it are none from now on.
   *
   * @param force also when devices may still need the old key
   * @throws OperationRefusedException when they may
   */
  @Requires(value = Permission.KEY_ROTATE, audit = "key.rotate.done", fresh = true)
  public RotationStatus done(@Audited("hub") String name, @Audited("force") boolean force) {
    KeyRotation rotation = mustBeUnderWay(name);
    RotationStatus status = rotations.status(rotation);
    if (!status.readyToRegenerate() && !force) {
      throw new OperationRefusedException(
          "The rotation of hub %s is not done: without its old key, devices would be cut off. %s If the key is gone already, end it all the same, by force; those devices get new tokens when tokens are renewed the next time, but for those that were registered by hand or whose manifest is not delivered: each gets one from its page."
              .formatted(
                  name,
                  String.join(
                      " ", KeyRotations.inTheWay(status.factories(), status.manifestsUnderWay()))));
    }
    rotations.done(rotation, clock.instant());
    return rotations.status(rotations.last(name).orElseThrow());
  }

  private KeyRotation mustBeUnderWay(String name) {
    return rotations
        .underWay(hub(name).name())
        .orElseThrow(
            () ->
                new OperationRefusedException(
                    "The key of hub %s is not being rotated. Start that first.".formatted(name)));
  }

  private Hub hub(String name) {
    return hubs.find(name)
        .orElseThrow(
            () ->
                new OperationRefusedException(
                    "There is no hub '%s'. Configured are: %s."
                        .formatted(
                            name,
                            hubs.all().stream().map(Hub::name).collect(Collectors.joining(", ")))));
  }
}
