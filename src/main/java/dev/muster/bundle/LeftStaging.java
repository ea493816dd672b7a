package dev.muster.bundle;

import dev.muster.store.Leftovers;
import dev.muster.store.ObjectStore;
import dev.muster.store.ObjectStore.Stored;
import java.io.IOException;
import java.time.Clock;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** What was staged for bundles that are delivered or given up, by processes that were late. */
@Component
public class LeftStaging {

  private static final Logger LOG = LoggerFactory.getLogger(LeftStaging.class);

  private final ObjectStore store;
  private final JdbcClient jdbc;
  private final Clock clock;

  LeftStaging(ObjectStore store, JdbcClient jdbc, Clock clock) {
    this.store = store;
    this.jdbc = jdbc;
    this.clock = clock;
  }

  /** Deletes it, once it is old. */
  public void sweep() throws IOException {
    Instant old = clock.instant().minus(Leftovers.LEFT_AFTER);
    Map<String, Boolean> needed = new TreeMap<>();
    for (Stored staged : store.list(StorePublication.STAGING)) {
      String name = staged.key().substring(StorePublication.STAGING.length()).split("/", 2)[0];
      if (staged.changedAt().isBefore(old) && !needed.computeIfAbsent(name, this::isNeeded)) {
        store.deleteUnchanged(staged);
        LOG.info("store=swept key={}", staged.key());
      }
    }
  }

  /** Only bundles are known by their number; reports of lists see to theirs when they go on. */
  private boolean isNeeded(String name) {
    return !name.matches("[0-9]{1,9}")
        || jdbc.sql(
                """
                SELECT EXISTS (SELECT FROM bundle
                                WHERE bundle_id = ? AND delivered_at IS NULL AND given_up_at IS NULL)\
                """)
            .param(Integer.valueOf(name))
            .query(Boolean.class)
            .single();
  }
}
