package dev.muster.upload;

import dev.muster.renewal.Renewals;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/** Removes the uploads that nobody confirmed, and what killed processes left of others. */
@Component
public class LeftUploads {

  private static final Logger LOG = LoggerFactory.getLogger(LeftUploads.class);

  private static final Duration NOW_AND_THEN = Duration.ofHours(1);

  private final UploadFiles files;
  private final CheckedUploadTable table;
  private final Renewals renewals;
  private final UploadProperties properties;
  private final Clock clock;
  private volatile Instant swept = Instant.EPOCH;

  LeftUploads(
      UploadFiles files,
      CheckedUploadTable table,
      Renewals renewals,
      UploadProperties properties,
      Clock clock) {
    this.files = files;
    this.table = table;
    this.renewals = renewals;
    this.properties = properties;
    this.clock = clock;
  }

  /** Also where nothing runs by the clock. */
  void sweepNowAndThen() {
    if (clock.instant().isBefore(swept.plus(NOW_AND_THEN))) {
      return;
    }
    try {
      sweep();
    } catch (IOException e) {
      LOG.warn("uploads=not-swept {}", e.toString());
    }
  }

  /** Removes them. */
  public void sweep() throws IOException {
    Instant now = clock.instant();
    swept = now;
    for (UUID expired : table.removeExpired(now)) {
      files.remove(expired);
    }
    for (UUID choice : renewals.choices()) {
      if (table.find(choice).isEmpty()) {
        renewals.forget(choice);
      }
    }
    files.removeLeft(now.minus(properties.keep()), table::needsFile);
  }
}
