package dev.muster.revocation;

import dev.muster.access.Guarded;
import dev.muster.access.Permission;
import dev.muster.access.RefusedException;
import dev.muster.access.Requires;
import dev.muster.revocation.RevocationRuns.Undone;
import dev.muster.run.Background;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/**
 * Begins what people do with lists: whoever asks hears at once which execution has begun, or why
 * none did. The work itself is that of {@link RevocationRuns}, with its permissions and its entries
 * in the audit.
 */
@Guarded
@Component
public class ListApprovals {

  private static final Duration UNTIL_BEGUN = Duration.ofSeconds(10);

  private final RevocationRuns runs;
  private final Background background;

  ListApprovals(RevocationRuns runs, Background background) {
    this.runs = runs;
    this.background = background;
  }

  /**
   * What was begun.
   *
   * @param execution that now applies it; null: that is not known yet
   */
  public record Begun(int list, @Nullable Long execution) {}

  /**
   * Approves a list that is held, and begins to apply it.
   *
   * @throws RefusedException when it is not held, the caller is who sent it, or this instance is
   *     busy
   */
  @Requires(value = Permission.DEVICE_REVOKE, readOnly = true)
  public Begun approve(int list) {
    return background
        .begin(
            UNTIL_BEGUN,
            began -> new Begun(list, began),
            () -> new Begun(list, runs.approve(list).execution()))
        .orElse(new Begun(list, null));
  }

  /**
   * Brings back what a list took out of service and nobody has touched since.
   *
   * @return what came of it; empty when it goes on
   * @throws RefusedException when it can't be undone, or this instance is busy
   */
  @Requires(value = Permission.DEVICE_REVOKE, readOnly = true)
  public Optional<Undone> undo(int list) {
    return background.begin(UNTIL_BEGUN, null, () -> runs.undo(list));
  }
}
