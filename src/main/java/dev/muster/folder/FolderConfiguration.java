package dev.muster.folder;

import dev.muster.arrival.Drop;
import dev.muster.arrival.DropFolders;
import dev.muster.arrival.Inbox;
import dev.muster.arrival.Source;
import dev.muster.arrival.Sweep;
import dev.muster.factory.Factories;
import dev.muster.home.MusterHome;
import dev.muster.home.SecretFile;
import java.nio.file.Path;
import java.time.Clock;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** The folder is always a place; it is looked at by the service, unless that is switched off. */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(FolderProperties.class)
class FolderConfiguration {

  private static final Source FOLDER = new Source("folder");

  private static DropFolders folders(MusterHome home) {
    return new DropFolders(
        home.inbox(), home.revocations(), home.archive(), home.refused(), Path::toUri);
  }

  @Bean
  Source folder() {
    return FOLDER;
  }

  @Bean
  FolderPlace folderPlace(MusterHome home) {
    return new FolderPlace(folders(home));
  }

  @Bean
  @ConditionalOnBooleanProperty("muster.serve")
  @ConditionalOnBooleanProperty(name = "muster.folder.enabled", matchIfMissing = true)
  Sweep folderSweep(
      MusterHome home, FolderProperties properties, Inbox inbox, Factories factories, Clock clock) {
    DropFolders folders = folders(home);
    Drop drop = new Drop(FOLDER, inbox, factories, properties.quiet(), clock);
    return new Sweep(
        FOLDER.name(),
        properties.sweep(),
        sweep -> {
          SecretFile.createDirectories(folders.manifests());
          SecretFile.createDirectories(folders.revocations());
          folders.look(drop);
        });
  }
}
