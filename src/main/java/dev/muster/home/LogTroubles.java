package dev.muster.home;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.core.status.OnConsoleStatusListener;
import ch.qos.logback.core.status.Status;
import ch.qos.logback.core.status.StatusListener;
import ch.qos.logback.core.status.StatusManager;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.LoggerFactory;
import org.springframework.boot.context.event.ApplicationPreparedEvent;
import org.springframework.context.ApplicationListener;

/**
 * Says in a line on standard error what is wrong with the log itself, once; Spring Boot prints a
 * stack trace each time. Named in {@code META-INF/spring.factories}.
 */
final class LogTroubles implements ApplicationListener<ApplicationPreparedEvent>, StatusListener {

  private final Set<String> said = ConcurrentHashMap.newKeySet();

  @Override
  public void onApplicationEvent(ApplicationPreparedEvent event) {
    if (LoggerFactory.getILoggerFactory() instanceof LoggerContext logging) {
      StatusManager manager = logging.getStatusManager();
      manager.getCopyOfStatusListenerList().stream()
          .filter(OnConsoleStatusListener.class::isInstance)
          .forEach(manager::remove);
      manager.add(this);
    }
  }

  @Override
  public void addStatusEvent(Status status) {
    if (status.getEffectiveLevel() < Status.ERROR) {
      return;
    }
    Throwable cause = status.getThrowable();
    String sentence =
        "The log: " + status.getMessage() + (cause == null ? "" : ": " + FailureSentence.of(cause));
    if (said.add(sentence)) {
      System.err.println(sentence);
    }
  }
}
