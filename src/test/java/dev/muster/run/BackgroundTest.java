package dev.muster.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.access.Caller;
import dev.muster.access.Callers;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class BackgroundTest {

  private final Background background = new Background();

  @AfterEach
  void end() {
    background.stop();
  }

  /** As Spring stops and starts what it made, between tests of other contexts, too. */
  @Test
  void whatWasStoppedAndStartedAgainWorks() {
    background.start();
    background.stop();
    background.start();

    Callers.run(
        Caller.commandLine(),
        () ->
            assertThat(background.begin(Duration.ofSeconds(10), null, () -> "done"))
                .contains("done"));
  }
}
