package dev.muster.revocation;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A revocation list that was received.
 *
 * @param factory who sent it; null for an operator
 * @param actor on whose word its entries are applied, for the history
 * @param columns of its header
 * @param appliedAt null until every entry was applied, kept for later or rejected
 * @param outbox the folder of its report; null until applied
 * @param receipt as JSON; null until applied
 */
public record RevocationList(
    int id,
    @Nullable String factory,
    String actor,
    String sha256,
    String name,
    long rows,
    List<String> columns,
    Instant receivedAt,
    @Nullable Instant appliedAt,
    @Nullable String outbox,
    @Nullable String receipt) {

  public RevocationList {
    columns = List.copyOf(columns);
  }
}
