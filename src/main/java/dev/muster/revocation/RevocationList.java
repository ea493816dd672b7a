package dev.muster.revocation;

import dev.muster.access.Caller;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A revocation list that was received.
 *
 * @param factory who sent it; null for an operator
 * @param actor on whose word its entries are applied, for the history
 * @param warnings sentences on what was taken, and looks like a mistake
 * @param effect what it would do, before anything of it was applied; null until that was looked at
 * @param held whether a second person must approve it
 * @param givenUp whether its run was abandoned, or its arrival refused
 * @param approvedBy who did; null: nobody
 * @param undoAskedBy who asked for it to be undone, before a second person did; null: nobody
 * @param undoneBy who has undone it; null: nobody
 * @param appliedAt null until every entry was applied, kept for later or rejected
 * @param outbox the key of the folder of its report; null until applied
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
    List<String> warnings,
    Instant receivedAt,
    @Nullable ListEffect effect,
    boolean held,
    boolean givenUp,
    @Nullable String approvedBy,
    @Nullable String undoAskedBy,
    @Nullable String undoneBy,
    @Nullable Instant appliedAt,
    @Nullable String outbox,
    @Nullable String receipt) {

  public RevocationList {
    columns = List.copyOf(columns);
    warnings = List.copyOf(warnings);
  }

  /** As its factory sees it: which of the operator's people did something is not told it. */
  RevocationList seenByItsFactory() {
    return new RevocationList(
        id,
        factory,
        actor,
        sha256,
        name,
        rows,
        columns,
        warnings,
        receivedAt,
        effect,
        held,
        givenUp,
        unnamed(approvedBy),
        unnamed(undoAskedBy),
        unnamed(undoneBy),
        appliedAt,
        outbox,
        receipt);
  }

  private static @Nullable String unnamed(@Nullable String somebody) {
    return somebody == null ? null : Caller.OPERATOR;
  }

  /** Whether it waits for a second person. */
  public boolean waitsForApproval() {
    return held && approvedBy == null && !givenUp;
  }

  /** Whether one person has asked for it to be undone, and it needs two. */
  public boolean undoWaits() {
    return undoAskedBy != null && undoneBy == null;
  }
}
