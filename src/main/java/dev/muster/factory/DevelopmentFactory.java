package dev.muster.factory;

import dev.muster.bundle.AgeIdentity;
import dev.muster.home.MusterHome;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.springframework.core.env.Environment;
import org.springframework.core.env.Profiles;
import org.springframework.stereotype.Component;

/**
 * The factory that a first run starts with, so that one can try Muster before one configures it.
 */
@Component
public class DevelopmentFactory {

  public static final String ID = "fabrikam";

  private final Factories factories;
  private final MusterHome home;
  private final Environment environment;

  DevelopmentFactory(Factories factories, MusterHome home, Environment environment) {
    this.factories = factories;
    this.home = home;
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
   * @throws IllegalStateException in production when there is none, or the one for development:
   *     there, factories are added by people
   */
  public boolean ensure() throws IOException {
    List<Factory> all = factories.all();
    boolean production = environment.acceptsProfiles(Profiles.of("production"));
    if (!all.isEmpty()) {
      boolean inUse = isAmong(all);
      if (inUse && production) {
        throw new IllegalStateException(
            "Factory '%s' was made for development: the key of its bundles lies at %s. Remove it with jobs/factory remove %s; in production there is no development factory."
                .formatted(ID, identityFile(), ID));
      }
      return inUse;
    }
    if (production) {
      throw new IllegalStateException(
          "There is no factory. Add one with jobs/factory add; in production there is no"
              + " development factory.");
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
