package dev.muster.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.kagkarlsson.scheduler.task.Execution;
import com.github.kagkarlsson.scheduler.task.ExecutionComplete;
import com.github.kagkarlsson.scheduler.task.TaskInstance;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.scheduling.support.CronExpression;

class OnceByTheClockTests {

  private static final ZoneId BERLIN = ZoneId.of("Europe/Berlin");

  @ParameterizedTest
  @ValueSource(strings = {"0 0 2 * * *", "0 30 2 * * *", "0 59 2 * * *", "0 0 3 * * *"})
  void everyNightOfAYearHasOneRunAlsoThoseInWhichClocksChange(String cron) {
    OnceByTheClock schedule = new OnceByTheClock(CronExpression.parse(cron), BERLIN);
    Instant due = schedule.getInitialExecutionTime(Instant.parse("2026-12-31T12:00:00Z"));
    Map<LocalDate, Integer> nights = new HashMap<>();
    for (int i = 0; i < 365; i++) {
      nights.merge(due.atZone(BERLIN).toLocalDate(), 1, Integer::sum);
      due =
          schedule.getNextExecutionTime(
              // as recorded: when it was due, and when it was done
              ExecutionComplete.success(
                  new Execution(due, new TaskInstance<>("nightly", "recurring")),
                  due,
                  due.plus(Duration.ofMinutes(1))));
    }
    assertThat(nights).hasSize(365).allSatisfy((night, runs) -> assertThat(runs).isEqualTo(1));
    assertThat(nights).containsKeys(LocalDate.of(2027, 3, 28), LocalDate.of(2027, 10, 31));
  }

  @ParameterizedTest
  @CsvSource({
    "0, 2027-03-01T02:01:00Z",
    "5, 2027-03-01T02:07:35.625Z",
    "30, 2027-03-02T02:00:00Z",
    "500, 2027-03-02T02:00:00Z"
  })
  void aRetryIsNeverLaterThanTheNextTurn(int failures, Instant next) {
    Instant due = Instant.parse("2027-03-01T02:00:00Z");
    Execution failed = new Execution(due, new TaskInstance<>("nightly", "recurring"));
    failed.consecutiveFailures = failures;
    OnceByTheClock schedule =
        new OnceByTheClock(CronExpression.parse("0 0 2 * * *"), ZoneId.of("UTC"));
    assertThat(
            new NoLaterThanItsTurn(schedule, Duration.ofMinutes(1))
                .next(ExecutionComplete.failure(failed, due, due, null)))
        .isEqualTo(next);
  }

  /** As db-scheduler does with what is deterministic, at the start of any instance. */
  @Test
  void aRetryIsNotMovedToTheNextTurn() {
    assertThat(new OnceByTheClock(CronExpression.parse("0 0 2 * * *"), BERLIN).isDeterministic())
        .isFalse();
  }

  @Test
  void aTimeThatNeverComesIsRefusedByName() {
    assertThatThrownBy(
            () ->
                new ScheduleProperties(
                    "0 0 0 31 2 *", "-", "-", "-", ZoneId.of("UTC"), Duration.ofMinutes(1)))
        .hasMessageContaining("muster.schedule.nightly")
        .hasMessageContaining("never comes");
  }
}
