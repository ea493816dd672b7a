package dev.muster.run;

import dev.muster.access.Guarded;
import dev.muster.access.Permission;
import dev.muster.access.Requires;
import dev.muster.manifest.RejectLimit;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/**
 * Begins what takes long with runs: whoever asks hears at once which execution has begun, or why
 * none did. The work itself is that of {@link RunControl}, with its permissions and its entries in
 * the audit.
 */
@Guarded
@Component
public class BackgroundRuns {

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
