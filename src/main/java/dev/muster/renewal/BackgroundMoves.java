package dev.muster.renewal;

import dev.muster.access.Guarded;
import dev.muster.access.Permission;
import dev.muster.access.Requires;
import dev.muster.home.NotConfiguredException;
import dev.muster.run.Background;
import dev.muster.run.OperationRefusedException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Semaphore;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Begins moves for those who can't wait for their end; {@link ReassignRuns} does them. */
@Guarded
@Component
public class BackgroundMoves {

  private static final Duration UNTIL_BEGUN = Duration.ofSeconds(10);

  private static final Duration SHORTEST_LIFE = Duration.ofMinutes(1);
  private static final Duration LONGEST_LIFE = Duration.ofDays(3660);

  private final ReassignRuns runs;
  private final Background background;

  /** Counting reads all devices there are: whoever asks again and again waits for themselves. */
  private final Semaphore counting = new Semaphore(1);

  BackgroundMoves(ReassignRuns runs, Background background) {
    this.runs = runs;
    this.background = background;
  }

  /**
   * What became of a move that was asked for.
   *
   * @param execution of its first run; those of other factories follow one after the other. Null:
   *     that is not known yet, or none was needed
   * @param outcomes factory by factory, when no run was needed; null: it goes on
   */
  public record Begun(@Nullable Long execution, @Nullable List<RenewalOutcome> outcomes) {

    /** Whether it is over, and no run was needed. */
    public boolean nothingToDo() {
      return outcomes != null;
    }
  }

  /**
   * What {@link #begin} would do now, factory by factory. Changes nothing.
   *
   * @param drained the hub that devices are to leave; null: they go where the weights want them
   * @param factory one factory's devices only; null: all
   * @throws OperationRefusedException when it can't be done, or this instance counts already
   */
  @Requires(value = Permission.HUB_REPAIR, readOnly = true)
  public List<RenewalOutcome> preview(@Nullable String drained, @Nullable String factory) {
    if (!counting.tryAcquire()) {
      throw new OperationRefusedException(
          "Somebody has this instance count devices that would move just now. Ask again in a"
              + " moment.");
    }
    try {
      return saying(() -> runs.preview(drained, factory));
    } finally {
      counting.release();
    }
  }

  /**
   * Begins to give devices tokens for their new hubs, and then to assign them there. Killed, it is
   * to be asked for again, and goes on.
   *
   * @param drained the hub that devices are to leave; null: they go where the weights want them
   * @param factory one factory's devices only; null: all
   * @param tokenLifetime how long the new tokens live; null: as their factory has it, or else as
   *     configured
   * @throws OperationRefusedException when it can't be done
   */
  @Requires(value = Permission.HUB_REPAIR, readOnly = true)
  public Begun begin(
      @Nullable String drained, @Nullable String factory, @Nullable Duration tokenLifetime) {
    if (tokenLifetime != null
        && (tokenLifetime.compareTo(SHORTEST_LIFE) < 0
            || tokenLifetime.compareTo(LONGEST_LIFE) > 0)) {
      throw new OperationRefusedException(
          "A token lives at least a minute and at most ten years, not %s."
              .formatted(tokenLifetime));
    }
    return background
        .begin(
            UNTIL_BEGUN,
            execution -> new Begun(execution, null),
            () -> ended(saying(() -> runs.reassign(drained, factory, tokenLifetime))))
        .orElse(new Begun(null, null));
  }

  private static Begun ended(List<RenewalOutcome> outcomes) {
    return new Begun(
        outcomes.stream()
            .map(RenewalOutcome::execution)
            .filter(Objects::nonNull)
            .findFirst()
            .orElse(null),
        outcomes);
  }

  /** A hub that devices may be at and that is not configured here is no failure of the service. */
  private static <T> T saying(Supplier<T> work) {
    try {
      return work.get();
    } catch (NotConfiguredException e) {
      throw new OperationRefusedException(String.valueOf(e.getMessage()));
    }
  }
}
