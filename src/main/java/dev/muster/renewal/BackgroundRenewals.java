package dev.muster.renewal;

import dev.muster.access.Guarded;
import dev.muster.access.Permission;
import dev.muster.access.Requires;
import dev.muster.factory.Factories;
import dev.muster.factory.Factory;
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

/**
 * Begins moves, and renewals of what ends soon, for those who can't wait for their end, and counts
 * before what they would do; {@link ReassignRuns} and {@link RenewalRuns} do them.
 */
@Guarded
@Component
public class BackgroundRenewals {

  private static final Duration UNTIL_BEGUN = Duration.ofSeconds(10);

  private final ReassignRuns moves;
  private final RenewalRuns renewals;
  private final Factories factories;
  private final Background background;

  /** Counting reads all devices there are: whoever asks again and again waits for themselves. */
  private final Semaphore counting = new Semaphore(1);

  BackgroundRenewals(
      ReassignRuns moves, RenewalRuns renewals, Factories factories, Background background) {
    this.moves = moves;
    this.renewals = renewals;
    this.factories = factories;
    this.background = background;
  }

  /**
   * What became of a move, or a renewal, that was asked for.
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
   * What {@link #move} would do now, factory by factory. Changes nothing.
   *
   * @param drained the hub that devices are to leave; null: they go where the weights want them
   * @param factory one factory's devices only; null: all
   * @throws OperationRefusedException when it can't be done, or this instance counts already
   */
  @Requires(value = Permission.HUB_REPAIR, readOnly = true)
  public List<RenewalOutcome> previewMove(@Nullable String drained, @Nullable String factory) {
    return counted(() -> moves.preview(drained, factory));
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
  public Begun move(
      @Nullable String drained, @Nullable String factory, @Nullable Duration tokenLifetime) {
    mustBeLifetime(tokenLifetime);
    return begin(() -> moves.reassign(drained, factory, tokenLifetime));
  }

  /**
   * What {@link #renewDue} would do now, factory by factory. Changes nothing.
   *
   * @param factory one factory's devices only; null: all
   * @param within tokens that end within this time; null: as configured, see {@link
   *     RenewalProperties#within(Duration)}
   * @param tokenLifetime how long the new ones would live; null: as their factory has it, or else
   *     as configured
   * @throws OperationRefusedException when it can't be done, or this instance counts already
   */
  @Requires(value = Permission.TOKEN_RENEW, readOnly = true)
  public List<RenewalOutcome> previewDue(
      @Nullable String factory, @Nullable Duration within, @Nullable Duration tokenLifetime) {
    mustBeWithin(within);
    mustBeLifetime(tokenLifetime);
    return counted(() -> known(factory, renewals.preview(factory, within, tokenLifetime)));
  }

  /**
   * Begins to give devices whose tokens end soon new ones. Killed, it is to be asked for again, and
   * goes on.
   *
   * @param factory one factory's devices only; null: all
   * @param within tokens that end within this time; null: as configured, see {@link
   *     RenewalProperties#within(Duration)}
   * @param tokenLifetime how long the new ones live; null: as their factory has it, or else as
   *     configured
   * @throws OperationRefusedException when it can't be done
   */
  @Requires(value = Permission.TOKEN_RENEW, readOnly = true)
  public Begun renewDue(
      @Nullable String factory, @Nullable Duration within, @Nullable Duration tokenLifetime) {
    mustBeWithin(within);
    mustBeLifetime(tokenLifetime);
    return begin(() -> known(factory, renewals.renew(factory, within, tokenLifetime)));
  }

  /** Somebody who says how long new tokens live says what a factory may have. */
  static void mustBeLifetime(@Nullable Duration tokenLifetime) {
    if (tokenLifetime != null && !Factory.isTokenLifetime(tokenLifetime)) {
      throw new OperationRefusedException(Factory.tokenLifetimeSentence(tokenLifetime.toString()));
    }
  }

  private static void mustBeWithin(@Nullable Duration within) {
    if (within != null && !RenewalProperties.isWithin(within)) {
      throw new OperationRefusedException(
          "Tokens are renewed that end within nothing to a hundred years, not %s."
              .formatted(within));
    }
  }

  /** One that was removed may have devices still; of one that there never was, nothing is said. */
  private List<RenewalOutcome> known(@Nullable String factory, List<RenewalOutcome> outcomes) {
    if (factory != null && outcomes.isEmpty() && factories.find(factory).isEmpty()) {
      throw new OperationRefusedException("There is no factory '%s'.".formatted(factory));
    }
    return outcomes;
  }

  private List<RenewalOutcome> counted(Supplier<List<RenewalOutcome>> count) {
    if (!counting.tryAcquire()) {
      throw new OperationRefusedException(
          "Somebody has this instance count devices just now. Ask again in a moment.");
    }
    try {
      return saying(count);
    } finally {
      counting.release();
    }
  }

  private Begun begin(Supplier<List<RenewalOutcome>> work) {
    return background
        .begin(UNTIL_BEGUN, execution -> new Begun(execution, null), () -> ended(saying(work)))
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
