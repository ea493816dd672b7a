package dev.muster;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.core.FileAppender;
import java.nio.file.Path;
import java.util.Objects;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The log that this JVM writes: that of the first application it started, whatever came later. */
public final class LogFile {

  private LogFile() {}

  /** Where it lies. */
  public static Path current() {
    LoggerContext logging = (LoggerContext) LoggerFactory.getILoggerFactory();
    FileAppender<?> file =
        (FileAppender<?>)
            Objects.requireNonNull(
                logging.getLogger(Logger.ROOT_LOGGER_NAME).getAppender("FILE"), "FILE");
    return Path.of(file.getFile());
  }
}
