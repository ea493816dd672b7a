package dev.muster.run;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class RunProgressTest {

  @Test
  void whatIsLeftTakesAsLongAsItsSpeedSaysAndAStartedSecondCounts() {
    assertThat(RunProgress.secondsLeft(400, 1000L, 200.0)).isEqualTo(3);
    assertThat(RunProgress.secondsLeft(400, 1000L, 199.0)).isEqualTo(4);
    assertThat(RunProgress.secondsLeft(0, 1L, 1e6)).isEqualTo(1);
  }

  @Test
  void nothingIsLeftOfWhatIsDoneOrMoreThanDone() {
    assertThat(RunProgress.secondsLeft(1000, 1000L, 200.0)).isZero();
    assertThat(RunProgress.secondsLeft(1200, 1000L, 200.0)).isZero();
  }

  @Test
  void howLongItTakesIsNotToldWithoutATotalOrASpeed() {
    assertThat(RunProgress.secondsLeft(400, null, 200.0)).isNull();
    assertThat(RunProgress.secondsLeft(400, 1000L, null)).isNull();
    assertThat(RunProgress.secondsLeft(400, 1000L, 0.0)).isNull();
  }
}
