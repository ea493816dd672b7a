package dev.muster.factory;

import dev.muster.bundle.AgeIdentity;
import dev.muster.credential.sas.Hubs;
import dev.muster.home.MusterHome;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.core.env.Environment;
import org.springframework.core.env.Profiles;
import org.springframework.stereotype.Component;

/**
 * The factory that a first run starts with, so that one can try Muster before one configures it.
 * Real hubs have none: whoever reads the home's keys would read tokens that are good there. Only
 * the profile {@code dev} says that configured hubs are tried out too.
 */
@Component
public class DevelopmentFactory {

  public static final String ID = "fabrikam";

  private final Factories factories;
  private final MusterHome home;
  private final Hubs hubs;
  private final Environment environment;

  DevelopmentFactory(Factories factories, MusterHome home, Hubs hubs, Environment environment) {
    this.factories = factories;
    this.home = home;
    this.hubs = hubs;
    this.environment = environment;
  }

  /** Where the key lies that opens its bundles. */
  public Path identityFile() {
    return home.keys().resolve(ID + ".agekey");
  }

  /**
   * Sees to it that there is a factory: the first run makes one.
   *
   * @return whether the factory for development is among them
   * @throws IllegalStateException in production, and where hubs are configured, when there is none,
   *     or the one for development: there, factories are added by people
   */
  public boolean ensure() throws IOException {
    List<Factory> all = factories.all();
    String real = real();
    if (!all.isEmpty()) {
      boolean inUse = isAmong(all);
      if (inUse && real != null) {
        throw new IllegalStateException(
            "Factory '%s' was made for development: the key of its bundles lies at %s. Remove it with jobs/factory remove %s; %s there is no development factory."
                .formatted(ID, identityFile(), ID, real));
      }
      return inUse;
    }
    if (real != null) {
      throw new IllegalStateException(
          "There is no factory. Add one with jobs/factory add; %s there is no development factory."
              .formatted(real));
    }
    if (!Files.exists(identityFile())) {
      try {
        AgeIdentity.generate().writeNew(identityFile());
      } catch (FileAlreadyExistsException e) {
        // another process was first
      }
    }
    AgeIdentity identity = AgeIdentity.read(identityFile()).get(0);
    factories.add(new Factory(ID, List.of(identity.recipient()), null));
    return true;
  }

  /** Why this is no place to try things out; null: it is one. */
  private @Nullable String real() {
    if (environment.acceptsProfiles(Profiles.of("production"))) {
      return "in production";
    }
    return hubs.development() || environment.acceptsProfiles(Profiles.of("dev"))
        ? null
        : "where hubs are configured and the profile is not 'dev',";
  }

  /** Whether the factory for development is among the factories. */
  public boolean inUse() throws IOException {
    return isAmong(factories.all());
  }

  /** A factory of the same name that somebody added with a key of their own is another one. */
  private boolean isAmong(List<Factory> all) throws IOException {
    for (Factory factory : all) {
      if (factory.id().equals(ID) && Files.exists(identityFile())) {
        return AgeIdentity.read(identityFile()).stream()
            .anyMatch(identity -> factory.recipients().contains(identity.recipient()));
      }
    }
    return false;
  }
}
