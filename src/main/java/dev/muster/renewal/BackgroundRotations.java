package dev.muster.renewal;

import dev.muster.access.Guarded;
import dev.muster.access.Permission;
import dev.muster.access.Requires;
import dev.muster.run.Background;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Begins rotations for those who can't wait for their end; {@link KeyRotationRuns} does them. */
@Guarded
@Component
public class BackgroundRotations {

  private static final Duration PATIENCE = Duration.ofSeconds(1);

  private final KeyRotationRuns rotations;
  private final Background background;

  BackgroundRotations(KeyRotationRuns rotations, Background background) {
    this.rotations = rotations;
    this.background = background;
  }

  /**
   * Begins a hub's rotation, or goes on with it. Its new key signs as soon as this returns, or a
   * moment later. A compromised key is refused first, whether there is a place for the rest or not.
   *
   * @param tokenLifetime how long the new tokens live; null: as their factory has it, or else as
   *     configured
   * @return whether all renewals were made; otherwise it goes on
   */
  @Requires(value = Permission.KEY_ROTATE, readOnly = true, fresh = true)
  public boolean rotate(String hub, boolean compromised, @Nullable Duration tokenLifetime) {
    BackgroundRenewals.mustBeLifetime(tokenLifetime);
    if (compromised) {
      rotations.refuseOldKey(hub);
    }
    return background
        .begin(PATIENCE, null, () -> rotations.rotate(hub, tokenLifetime, compromised))
        .isPresent();
  }
}
