package dev.muster.cli;

import dev.muster.credential.sas.Hubs;
import dev.muster.factory.DevelopmentFactory;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** What is in use that is fit for development only, and must be said plainly. */
record DevelopmentSetup(Path identityFile, List<String> sentences) {

  @Component
  static final class Finder {

    private final DevelopmentFactory factory;
    private final Hubs hubs;

    Finder(DevelopmentFactory factory, Hubs hubs) {
      this.factory = factory;
      this.hubs = hubs;
    }

    @Nullable DevelopmentSetup of(String factoryId) throws IOException {
      if (!factoryId.equals(DevelopmentFactory.ID) || !factory.inUse()) {
        return null;
      }
      String key =
          "For development only: factory '%s' was made by Muster, which also has its key."
              .formatted(DevelopmentFactory.ID);
      return new DevelopmentSetup(
          factory.identityFile(),
          hubs.development()
              ? List.of(
                  key,
                  "For development only: the tokens are signed with a random key for a hub that"
                      + " does not exist. Configure muster.hubs for real ones.")
              : List.of(key));
    }
  }
}
