package dev.muster.cli;

import dev.muster.manifest.Updates;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What manifests may change of devices that are there. */
final class UpdateOptions {

  @Option(
      names = "--update",
      negatable = true,
      description =
          "Changed values of the factory's devices that are there are written; rows with an action"
              + " do as it says. As set for the factory when left out.")
  private @Nullable Boolean update;

  @Option(
      names = "--overwrite-places",
      description =
          "With --update, building and room also of devices that somebody has put elsewhere since.")
  private boolean places;

  /** Null: nobody said. */
  @Nullable Updates given() {
    if (places && !Boolean.FALSE.equals(update)) {
      return Updates.VALUES_AND_PLACES;
    }
    return update == null ? null : update ? Updates.VALUES : Updates.NONE;
  }
}
