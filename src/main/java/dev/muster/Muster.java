package dev.muster;

import dev.muster.cli.CommandLineApplication;
import dev.muster.home.SecretFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.ZoneOffset;
import java.util.TimeZone;
import java.util.UUID;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.context.ConfigurableApplicationContext;

/** Start here. */
@SpringBootApplication
public class Muster {

  public static void main(String[] args) {
    // Spring Batch writes and reads local times. So all processes agree on them, whatever their
    // zones, and no hour comes twice.
    TimeZone.setDefault(TimeZone.getTimeZone(ZoneOffset.UTC));
    System.exit(CommandLineApplication.run(Muster::start, args));
  }

  /** The home is made first, for its owner only: the log would make it for everybody. */
  private static ConfigurableApplicationContext start() {
    try {
      // The name of this process's sessions in the database.
      System.setProperty("muster.process", "muster-" + UUID.randomUUID());
      SecretFile.createDirectories(Path.of(System.getProperty("muster.home", "var"), "log"));
    } catch (IOException e) {
      throw new UncheckedIOException("Muster's home can't be made: " + e.getMessage(), e);
    }
    return SpringApplication.run(Muster.class);
  }
}
