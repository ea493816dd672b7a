package dev.muster.home;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import ch.qos.logback.core.rolling.FixedWindowRollingPolicy;
import ch.qos.logback.core.rolling.SizeBasedTriggeringPolicy;
import dev.muster.Await;
import dev.muster.SmallDisk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OwnerOnlyLogFileTests {

  @Test
  void theLogIsItsOwnersAlsoAfterItWasRolled(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("log").resolve("muster.log");
    OwnerOnlyLogFile<ILoggingEvent> appender = appender(file);

    appender.start();

    assertThat(permissions(folder.resolve("log"))).isEqualTo("rwx------");
    assertThat(permissions(file)).isEqualTo("rw-------");

    appender.rollover();

    assertThat(folder.resolve("log").resolve("muster.1.log")).exists();
    assertThat(permissions(file)).isEqualTo("rw-------");
    appender.stop();
  }

  /** Logback leaves out what it can't write, and looks again a moment later. */
  @Test
  void aLogWhoseDiskWasFullGoesOnWhenThereIsRoom(@TempDir Path folder) throws Exception {
    Path file = folder.resolve("log").resolve("muster.log");
    LoggerContext context = context();
    try (SmallDisk disk = SmallDisk.mount(folder.resolve("log"), 1)) {
      OwnerOnlyLogFile<ILoggingEvent> appender = appender(file, context);
      appender.start();
      disk.fill();
      appender.doAppend(line(context, "x".repeat(20_000)));
      assertThat(file).as("is full").isEmptyFile();

      disk.free();

      goesOn(appender, context, file);
    }
  }

  /** It is rolled just when nothing can be opened; Logback would open it at the next day's. */
  @Test
  void aLogThatCouldNotBeOpenedWhenItWasRolledGoesOnWhenItCan(@TempDir Path folder)
      throws Exception {
    Path file = folder.resolve("log").resolve("muster.log");
    LoggerContext context = context();
    OwnerOnlyLogFile<ILoggingEvent> appender = appender(file, context);
    appender.start();
    Path away = Files.move(folder.resolve("log"), folder.resolve("away"));
    Files.writeString(folder.resolve("log"), "in the way");
    appender.rollover();
    appender.doAppend(line(context, "Nobody reads this."));

    Files.delete(folder.resolve("log"));
    Files.move(away, folder.resolve("log"));

    goesOn(appender, context, file);
    assertThat(permissions(file)).isEqualTo("rw-------");
  }

  private static void goesOn(
      OwnerOnlyLogFile<ILoggingEvent> appender, LoggerContext context, Path file) throws Exception {
    Await.until(
        Duration.ofSeconds(30),
        () -> {
          appender.doAppend(line(context, "There is room again."));
          return Files.exists(file) ? Files.readString(file) : "";
        },
        log -> log.contains("There is room again."));
    appender.stop();
  }

  private static LoggerContext context() {
    LoggerContext context = new LoggerContext();
    context.setMDCAdapter(new LogbackMDCAdapter());
    return context;
  }

  private static LoggingEvent line(LoggerContext context, String message) {
    return new LoggingEvent("", context.getLogger("test"), Level.INFO, message, null, null);
  }

  private static OwnerOnlyLogFile<ILoggingEvent> appender(Path file) {
    return appender(file, context());
  }

  private static OwnerOnlyLogFile<ILoggingEvent> appender(Path file, LoggerContext context) {
    OwnerOnlyLogFile<ILoggingEvent> appender = new OwnerOnlyLogFile<>();
    appender.setContext(context);
    appender.setFile(file.toString());

    FixedWindowRollingPolicy rolling = new FixedWindowRollingPolicy();
    rolling.setContext(context);
    rolling.setParent(appender);
    rolling.setFileNamePattern(file.resolveSibling("muster.%i.log").toString());
    rolling.start();
    appender.setRollingPolicy(rolling);

    SizeBasedTriggeringPolicy<ILoggingEvent> trigger = new SizeBasedTriggeringPolicy<>();
    trigger.setContext(context);
    trigger.start();
    appender.setTriggeringPolicy(trigger);

    PatternLayoutEncoder encoder = new PatternLayoutEncoder();
    encoder.setContext(context);
    encoder.setPattern("%msg%n");
    encoder.start();
    appender.setEncoder(encoder);
    return appender;
  }

  private static String permissions(Path path) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
  }
}
