package dev.muster.eventhubs;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.stereotype.Component;

/**
 * Why notices can't be received at the moment. The client tries again at every look at who reads
 * what, and tells of each failure; each is logged once until something else happens.
 */
@Component
@ConditionalOnBooleanProperty("muster.serve")
class NoticeTroubles {

  private static final Logger LOG = LoggerFactory.getLogger(NoticeTroubles.class);

  private static final int LONGEST = 300;
  private static final int LOOKS = 4;
  private static final Duration AT_LEAST = Duration.ofSeconds(15);

  private final Clock clock;
  private final Duration fresh;
  private @Nullable String last;
  private Instant lastAt = Instant.EPOCH;

  NoticeTroubles(Clock clock, EventHubsProperties properties) {
    this.clock = clock;
    Duration looks = properties.rebalance().multipliedBy(LOOKS);
    this.fresh = looks.compareTo(AT_LEAST) < 0 ? AT_LEAST : looks;
  }

  /** Something was in the way; a message of the client, maybe with a document behind it. */
  synchronized void seen(String message) {
    String line =
        message.lines().findFirst().orElse("").replaceFirst("[,:]? ?\"?<\\?xml.*", "").strip();
    String sentence = line.length() > LONGEST ? line.substring(0, LONGEST) + "…" : line;
    if (current().isEmpty()) {
      LOG.warn("notices=trouble {} (said once as long as it lasts)", sentence);
    }
    last = sentence;
    lastAt = clock.instant();
  }

  synchronized void over() {
    if (current().isPresent()) {
      LOG.warn("notices=received again");
    }
    last = null;
  }

  synchronized Optional<String> current() {
    return clock.instant().isBefore(lastAt.plus(fresh))
        ? Optional.ofNullable(last)
        : Optional.empty();
  }
}
