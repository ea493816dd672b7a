package dev.muster.home;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.rolling.FixedWindowRollingPolicy;
import ch.qos.logback.core.rolling.SizeBasedTriggeringPolicy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
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

  private static OwnerOnlyLogFile<ILoggingEvent> appender(Path file) {
    LoggerContext context = new LoggerContext();
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
