package dev.muster.exchange;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/**
 * Says in the log why tokens were refused. Anybody can cause refusals, so a minute has room for so
 * many lines and no more: they would push everything else out of the log.
 */
@Component
class RefusalLog {

  private static final Logger LOG = LoggerFactory.getLogger(RefusalLog.class);

  private static final int LINES = 200;
  private static final Duration WINDOW = Duration.ofMinutes(1);

  private final Clock clock;
  private Instant windowEnds = Instant.EPOCH;
  private int said;
  private long unsaid;

  RefusalLog(Clock clock) {
    this.clock = clock;
  }

  /**
   * @param device whose token it says it is, genuine or not; null when it is none
   */
  void refused(Refusal reason, @Nullable UUID device, String remoteAddress) {
    if (mayBeSaid()) {
      LOG.info(
          "exchange=refused reason={} device={} remote={}",
          reason.word(),
          device == null ? "-" : device,
          remoteAddress);
    }
  }

  private synchronized boolean mayBeSaid() {
    Instant now = clock.instant();
    if (!now.isBefore(windowEnds)) {
      if (unsaid > 0) {
        LOG.warn("exchange=refused more={} which are not in the log one by one", unsaid);
      }
      windowEnds = now.plus(WINDOW);
      said = 0;
      unsaid = 0;
    }
    if (said < LINES) {
      said++;
      return true;
    }
    unsaid++;
    return false;
  }
}
