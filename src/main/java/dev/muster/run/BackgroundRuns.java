package dev.muster.run;

import dev.muster.access.Guarded;
import dev.muster.access.Permission;
import dev.muster.access.RefusedException;
import dev.muster.access.Requires;
import dev.muster.manifest.RejectLimit;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/**
 * Begins what takes long with runs: whoever asks hears at once which execution has begun, or why
 * none did. The work itself is that of {@link RunControl}, with its permissions and its entries in
 * the audit.
 */
@Guarded
@Component
public class BackgroundRuns {

  private static final Logger LOG = LoggerFactory.getLogger(BackgroundRuns.class);

  private static final Duration UNTIL_BEGUN = Duration.ofSeconds(10);

  private final RunControl runControl;
  private final Background background;

  BackgroundRuns(RunControl runControl, Background background) {
    this.runControl = runControl;
    this.background = background;
  }

  /**
   * What was begun.
   *
   * @param execution that now runs, or the one it was asked for when nothing more is known yet
   * @param devices how many devices left the registry; null when the run is no withdrawal, or not
   *     done yet
   */
  public record Begun(long execution, @Nullable Long devices) {}

  /**
   * Begins to continue a run where it stopped.
   *
   * @param maxRejects another limit than before, or null for the same
   * @throws OperationRefusedException when it can't be continued, or this instance is busy
   */
  @Requires(value = Permission.EXECUTION_CONTROL, readOnly = true)
  public Begun restart(long execution, @Nullable RejectLimit maxRejects) {
    return background
        .begin(
            UNTIL_BEGUN,
            began -> new Begun(began, null),
            () -> new Begun(runControl.restart(execution, maxRejects).execution(), null))
        .orElse(new Begun(execution, null));
  }

  /**
   * Begins to continue several where they stopped, one after the other, in this order and each with
   * its limit as before. One that can't be continued when its turn comes is passed over; the audit
   * says why. Those whose turn has not come when this instance ends stay as they are.
   *
   * @throws OperationRefusedException when this instance is busy; then none is continued
   */
  @Requires(value = Permission.EXECUTION_CONTROL, readOnly = true)
  public void restartAll(List<Long> executions) {
    Optional<Long> unused =
        background.begin(
            UNTIL_BEGUN,
            Long::valueOf,
            () -> {
              executions.forEach(this::restartInTurn);
              return 0L;
            });
  }

  private void restartInTurn(long execution) {
    if (background.ending()) {
      LOG.warn("background-restart=left execution={}", execution);
      return;
    }
    try {
      RunOutcome unused = runControl.restart(execution, null);
    } catch (RefusedException e) {
      LOG.info("background-restart=refused execution={}", execution);
    } catch (IOException | RuntimeException e) {
      LOG.warn("background-restart=failed execution={}", execution, e);
    }
  }

  /**
   * Takes back what a run loaded. Small ones are done when this returns.
   *
   * @throws OperationRefusedException when it can't be withdrawn, or this instance is busy
   */
  @Requires(value = Permission.EXECUTION_CONTROL, readOnly = true)
  public Begun withdraw(long execution) {
    return background
        .begin(UNTIL_BEGUN, null, () -> new Begun(execution, runControl.withdraw(execution)))
        .orElse(new Begun(execution, null));
  }
}
