package dev.muster.denylist;

import dev.muster.access.Guarded;
import dev.muster.access.Permission;
import dev.muster.access.Requires;
import dev.muster.run.Background;
import java.time.Duration;
import org.springframework.stereotype.Component;

/** Begins a snapshot for those who can't wait for its end; {@link DenyList} makes it. */
@Guarded
@Component
public class BackgroundDenyList {

  private static final Duration PATIENCE = Duration.ofSeconds(3);

  private final DenyList denyList;
  private final Background background;

  BackgroundDenyList(DenyList denyList, Background background) {
    this.denyList = denyList;
    this.background = background;
  }

  /**
   * Begins a new snapshot of the list's files, unless the last one is of the present version.
   *
   * @return whether it is there; otherwise it is being made
   * @throws dev.muster.access.RefusedException when it can't be
   */
  @Requires(value = Permission.HUB_REPAIR, readOnly = true)
  public boolean snapshot() {
    return background
        .begin(
            PATIENCE,
            null,
            () -> {
              denyList.snapshot();
              return true;
            })
        .isPresent();
  }
}
