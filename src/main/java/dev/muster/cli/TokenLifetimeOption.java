package dev.muster.cli;

import java.time.Duration;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How long the tokens live that a command issues. */
final class TokenLifetimeOption {

  @Option(
      names = "--token-lifetime",
      paramLabel = "ISO-8601",
      converter = TokenLifetimeConverter.class,
      description = "How long the new tokens live, such as P90D or PT12H (default P365D).")
  private @Nullable Duration lifetime;

  /** Null: as configured. */
  @Nullable Duration given() {
    return lifetime;
  }
}
