package dev.muster.revocation;

import dev.muster.factory.Ceiling;
import dev.muster.factory.Factories;
import dev.muster.factory.Factory;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** How many devices may be changed at once on one person's word. */
@Component
public class Ceilings {

  private final Factories factories;
  private final RevocationProperties properties;

  Ceilings(Factories factories, RevocationProperties properties) {
    this.factories = factories;
    this.properties = properties;
  }

  /**
   * A ceiling as things stand.
   *
   * @param ceiling how many may
   * @param devices of how many
   */
  public record Most(long ceiling, long devices) {

    /**
     * Why a second person must say so too, as a sentence; null: nobody must.
     *
     * @param deed what is done, with {@code %,d} where the number of devices stands
     */
    public @Nullable String exceeded(String deed, long many) {
      return many <= ceiling
          ? null
          : (deed + ", of %,d in all, and the ceiling is %,d.").formatted(many, devices, ceiling);
    }
  }

  /**
   * What holds for what is done in a factory's name.
   *
   * @param factory null: in an operator's own
   */
  public Most of(@Nullable String factory) {
    long devices = factories.devices(factory);
    Ceiling ceiling = null;
    if (factory != null) {
      ceiling = factories.find(factory).map(Factory::ceiling).orElse(null);
    }
    return new Most((ceiling == null ? properties.ceiling() : ceiling).of(devices), devices);
  }
}
