package dev.muster.renewal;

import dev.muster.credential.KeyInUse;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How far a rotation is.
 *
 * @param from the key that is to be regenerated in the end
 * @param to the key that signs now
 * @param factories the factories with devices or bundles in it
 * @param manifestsUnderWay manifests that were settled before it began and still sign with the old
 *     key; their devices are given tokens of the new one once they are delivered
 * @param readyToRegenerate whether nothing needs the old key any more
 * @param next what to do next, as sentences that name no commands
 */
public record RotationStatus(
    String hub,
    KeyInUse from,
    KeyInUse to,
    Instant startedAt,
    @Nullable Instant doneAt,
    List<FactoryShare> factories,
    List<ManifestUnderWay> manifestsUnderWay,
    boolean readyToRegenerate,
    List<String> next) {

  public RotationStatus {
    factories = List.copyOf(factories);
    manifestsUnderWay = List.copyOf(manifestsUnderWay);
    next = List.copyOf(next);
  }

  /**
   * One factory's share.
   *
   * @param devices of the hub that have a token and are in service
   * @param underNewKey how many of them have one of the new key
   * @param underOldKey how many have one of the old key still
   * @param withoutBundle how many of those no bundle brings a new one: they were registered by
   *     hand, or their manifest is not delivered
   * @param disabledUnderOldKey how many devices are disabled and have one of the old key: they get
   *     none now
   * @param bundlesUnderWay how many renewals for the hub are not delivered
   * @param bundles bundles that moved devices to the new key, or away from the hub
   */
  public record FactoryShare(
      String factory,
      long devices,
      long underNewKey,
      long underOldKey,
      long withoutBundle,
      long disabledUnderOldKey,
      long bundlesUnderWay,
      List<Bundle> bundles) {

    public FactoryShare {
      bundles = List.copyOf(bundles);
    }

    /** Whether a bundle was delivered that it has not confirmed. */
    public boolean toConfirm() {
      return bundles.stream().anyMatch(bundle -> bundle.confirmedAt() == null);
    }
  }

  /**
   * A bundle that was delivered.
   *
   * @param devices how many devices it moved
   * @param confirmedAt when it was confirmed that they have their tokens; null: not yet
   */
  public record Bundle(int renewal, String outbox, long devices, @Nullable Instant confirmedAt) {}

  /** A manifest that signs with the old key. */
  public record ManifestUnderWay(String factory, String manifest, long devices) {}

  public long devices() {
    return factories.stream().mapToLong(FactoryShare::devices).sum();
  }

  public long underNewKey() {
    return factories.stream().mapToLong(FactoryShare::underNewKey).sum();
  }

  public long underOldKey() {
    return factories.stream().mapToLong(FactoryShare::underOldKey).sum();
  }

  public long withoutBundle() {
    return factories.stream().mapToLong(FactoryShare::withoutBundle).sum();
  }

  public long disabledUnderOldKey() {
    return factories.stream().mapToLong(FactoryShare::disabledUnderOldKey).sum();
  }
}
