package dev.muster.provisioning;

import dev.muster.factory.Admission;
import dev.muster.factory.Factories;
import dev.muster.factory.Factory;
import dev.muster.manifest.ManifestRefusedException;
import dev.muster.manifest.RefusalCode;
import dev.muster.registry.Manifests;
import dev.muster.registry.Manifests.Brought;
import java.io.IOException;
import java.time.Clock;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/**
 * Refuses what a factory may not send now, or what would bring more devices than it may. What it
 * says is for the factory; what operators can do is in docs/operations.md.
 */
@Component
class FactoryAdmission {

  private final Factories factories;
  private final Manifests manifests;
  private final Clock clock;

  FactoryAdmission(Factories factories, Manifests manifests, Clock clock) {
    this.factories = factories;
    this.manifests = manifests;
    this.clock = clock;
  }

  /** How many devices a manifest would bring, counted when it must be. */
  interface Counted {
    long devices() throws IOException;
  }

  /**
   * Refuses everything of a factory that is suspended, or whose time is over.
   *
   * @throws ManifestRefusedException when it is
   */
  void mustBeOpen(Factory factory) throws ManifestRefusedException {
    String closed = factory.admission().closed(clock.instant());
    if (closed != null) {
      throw new ManifestRefusedException(
          RefusalCode.FACTORY_CLOSED,
          "Factory '%s' %s: no manifest is taken from it. Nothing was loaded. Ask the operator of this service about it, then send this again."
              .formatted(factory.id(), closed));
    }
  }

  /**
   * Refuses what would bring too many devices. Until the transaction ends, no other manifest of the
   * factory is judged.
   *
   * @param rows so many devices at most, which is known already
   * @param exactly how many there are; asked for only when so many as rows would be too many, and
   *     before others are kept out
   */
  void mustHaveRoom(Factory factory, long rows, Counted exactly)
      throws ManifestRefusedException, IOException {
    Admission limits = factory.admission();
    if (limits.maxDevices() == null && limits.maxDevicesADay() == null) {
      return;
    }
    long devices = tooMany(factory, rows) == null ? rows : exactly.devices();
    Factory held = factories.hold(factory.id()).orElse(factory);
    mustFit(held, devices);
  }

  /** As above, of what is only looked at. */
  void mustFit(Factory factory, long devices) throws ManifestRefusedException {
    String tooMany = tooMany(factory, devices);
    if (tooMany != null) {
      throw new ManifestRefusedException(RefusalCode.TOO_MANY_DEVICES, tooMany);
    }
  }

  private @Nullable String tooMany(Factory factory, long devices) {
    Brought brought = manifests.brought(factory.id(), start(today()));
    Long inAll = factory.admission().maxDevices();
    if (devices > 0 && inAll != null && brought.inAll() + devices > inAll) {
      return "Factory '%s' may bring %,d devices in all. It has brought %,d, and this manifest would bring %,d more. Nothing was loaded. Ask the operator of this service for more, then send it again."
          .formatted(factory.id(), inAll, brought.inAll(), devices);
    }
    Long aDay = factory.admission().maxDevicesADay();
    if (devices > 0 && aDay != null && brought.today() + devices > aDay) {
      return "Factory '%s' may bring %,d devices a day. It has brought %,d today, and this manifest would bring %,d more. Nothing was loaded. %s"
          .formatted(
              factory.id(),
              aDay,
              brought.today(),
              devices,
              devices > aDay
                  ? "That is more than a day's: send it in parts on several days, or ask the"
                      + " operator of this service for more."
                  : "Send it again from %s on.".formatted(start(today().plusDays(1))));
    }
    return null;
  }

  private LocalDate today() {
    return LocalDate.ofInstant(clock.instant(), ZoneOffset.UTC);
  }

  private static Instant start(LocalDate day) {
    return day.atStartOfDay(ZoneOffset.UTC).toInstant();
  }
}
