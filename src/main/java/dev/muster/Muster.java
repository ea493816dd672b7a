package dev.muster;

import dev.muster.cli.CommandLineApplication;
import dev.muster.database.Outage;
import dev.muster.home.MusterHome;
import dev.muster.home.SecretFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.ZoneOffset;
import java.util.Locale;
import java.util.TimeZone;
import java.util.UUID;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.support.BeanDefinitionBuilder;
import org.springframework.beans.factory.support.BeanDefinitionRegistryPostProcessor;
import org.springframework.boot.LazyInitializationExcludeFilter;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.flyway.autoconfigure.FlywayMigrationInitializer;
import org.springframework.boot.jackson.JacksonMixinModuleEntries;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;

/** Start here. */
@SpringBootApplication(proxyBeanMethods = false)
public class Muster {

  /** A database that ends sessions, starts or ends while Muster starts is waited for so often. */
  private static final int MOST_STARTS = 20;

  /** Lazy or not: what is wrong with the database is said before anything is done there. */
  @Bean
  static LazyInitializationExcludeFilter databaseAtOnce() {
    return LazyInitializationExcludeFilter.forBeanTypes(FlywayMigrationInitializer.class);
  }

  /**
   * Nobody here mixes annotations into what Jackson writes. To look for that, Spring Boot would
   * read each class of the packages again, as beans of commands are made late (see {@code
   * findings/}).
   */
  @Bean
  static BeanDefinitionRegistryPostProcessor withoutMixins() {
    return registry -> {
      String entries = "jacksonMixinModuleEntries";
      if (registry.containsBeanDefinition(entries)) {
        registry.removeBeanDefinition(entries);
        registry.registerBeanDefinition(
            entries,
            BeanDefinitionBuilder.genericBeanDefinition(
                    JacksonMixinModuleEntries.class,
                    () -> JacksonMixinModuleEntries.create(mixins -> {}))
                .getBeanDefinition());
      }
    };
  }

  public static void main(String[] args) {
    System.exit(run(args));
  }

  /** Runs one command. Returns its exit code. */
  static int run(String... args) {
    // Spring Batch writes and reads local times. So all processes agree on them, whatever their
    // zones, and no hour comes twice.
    TimeZone.setDefault(TimeZone.getTimeZone(ZoneOffset.UTC));
    // Answers, reports and mails are English on every machine; pages go by their reader.
    Locale.setDefault(Locale.ENGLISH);
    return CommandLineApplication.run(Muster::start, args);
  }

  /** The home is made first, for its owner only: the log would make it for everybody. */
  private static ConfigurableApplicationContext start() {
    try {
      // The name of this process's sessions in the database.
      System.setProperty("muster.process", "muster-" + UUID.randomUUID());
      SecretFile.createDirectories(MusterHome.ofProcess().log());
    } catch (IOException e) {
      throw new UncheckedIOException("Muster's home can't be made: " + e.getMessage(), e);
    }
    for (int starts = 1; ; starts++) {
      try {
        return newApplication().run();
      } catch (RuntimeException e) {
        if (starts == MOST_STARTS || !Outage.caused(e)) {
          throw e;
        }
        LoggerFactory.getLogger(Muster.class).warn("start=again cause={}", e.toString());
        pause();
      }
    }
  }

  private static SpringApplication newApplication() {
    SpringApplication application = new SpringApplication(Muster.class);
    // Of some three hundred beans a command needs a few; the service needs them all, and at once.
    application.setLazyInitialization(
        !Boolean.getBoolean("muster.serve") && !Boolean.getBoolean("muster.instance"));
    return application;
  }

  private static void pause() {
    try {
      Thread.sleep(1_000);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
