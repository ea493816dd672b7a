package dev.muster.provisioning;

import dev.muster.access.Callers;
import dev.muster.access.Permission;
import dev.muster.access.RefusedException;
import dev.muster.credential.TokenLifetimes;
import dev.muster.factory.Factories;
import dev.muster.factory.Factory;
import dev.muster.manifest.ManifestFormat;
import dev.muster.manifest.RejectLimit;
import dev.muster.manifest.Updates;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** What holds for a manifest when whoever sends it does not say: its factory's, or everybody's. */
@Component
public class FactoryLimits {

  private final Factories factories;
  private final ProvisioningProperties properties;
  private final TokenLifetimes lifetimes;

  FactoryLimits(Factories factories, ProvisioningProperties properties, TokenLifetimes lifetimes) {
    this.factories = factories;
    this.properties = properties;
    this.lifetimes = lifetimes;
  }

  /** How many of its rows may be refused. */
  public RejectLimit maxRejects(String factory) {
    return factories
        .find(factory)
        .map(Factory::maxRejects)
        .map(RejectLimit::valueOf)
        .orElse(properties.maxRejects());
  }

  /** What its manifests may change of devices that are there. */
  public Updates updates(String factory) {
    return factories.find(factory).filter(Factory::updates).isPresent()
        ? Updates.VALUES
        : Updates.NONE;
  }

  /**
   * Sees to it that who sends for one factory asks for no more than it may.
   *
   * @throws RefusedException when that is less
   */
  public void mayAskFor(@Nullable Updates asked, String factory) {
    if (asked != null
        && asked.compareTo(updates(factory)) > 0
        && Callers.factory(Permission.MANIFEST_SEND) != null) {
      throw new RefusedException(
          "The manifests of this factory may not change so much of devices that are there. Ask the"
              + " operator to allow it, or to send this one.");
    }
  }

  /** How its files differ from everybody's. */
  public ManifestFormat format(String factory) {
    return factories.format(factory);
  }

  /** How long its devices' tokens live. */
  public Duration tokenLifetime(String factory) {
    return factories.find(factory).map(Factory::tokenLifetime).orElse(lifetimes.ofManifests());
  }
}
