package dev.muster.delivery;

import dev.muster.bundle.BundleTaken;
import java.time.Instant;
import java.time.ZoneOffset;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.context.event.EventListener;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Transactional;

/** Writes down who has fetched a bundle, and who has said that its tokens are in their devices. */
@Component
public class Confirmations {

  private final JdbcClient jdbc;
  private final ApplicationEventPublisher events;

  Confirmations(JdbcClient jdbc, ApplicationEventPublisher events) {
    this.jdbc = jdbc;
    this.events = events;
  }

  /** The first who fetches it counts. */
  @EventListener
  @Transactional
  public void fetched(BundleTaken taken) {
    jdbc.sql(
            """
            UPDATE delivery SET fetched_at = ?, fetched_by = ? WHERE bundle_id = ? AND fetched_at IS NULL\
            """)
        .params(taken.at().atOffset(ZoneOffset.UTC), taken.by(), taken.bundle())
        .update();
  }

  /** The first who confirms it counts. */
  @Transactional
  public void confirm(int bundle, String by, Instant at) {
    int confirmed =
        jdbc.sql(
                """
                UPDATE delivery SET confirmed_at = ?, confirmed_by = ?
                 WHERE bundle_id = ? AND confirmed_at IS NULL\
                """)
            .params(at.atOffset(ZoneOffset.UTC), by, bundle)
            .update();
    if (confirmed == 1) {
      events.publishEvent(new BundleConfirmed(bundle, at));
    }
  }
}
