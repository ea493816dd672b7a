package dev.muster.schedule;

import com.github.kagkarlsson.scheduler.task.ExecutionComplete;
import com.github.kagkarlsson.scheduler.task.schedule.Schedule;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.util.Objects;
import org.springframework.scheduling.support.CronExpression;

/**
 * What the clock on the wall shows decides, and each of its times counts once. The hour that does
 * not exist when clocks go forward is made up for right behind it; of the hour that comes twice
 * when they go back, the first counts. (db-scheduler's own cron leaves the one night out, and may
 * do the other twice.)
 */
record OnceByTheClock(CronExpression cron, ZoneId zone) implements Schedule {

  @Override
  public Instant getInitialExecutionTime(Instant now) {
    return after(LocalDateTime.ofInstant(now, zone), now);
  }

  @Override
  public Instant getNextExecutionTime(ExecutionComplete done) {
    return after(
        LocalDateTime.ofInstant(done.getExecution().executionTime, zone), done.getTimeDone());
  }

  /** The first time behind the one on the wall that has not come yet. */
  private Instant after(LocalDateTime wall, Instant now) {
    LocalDateTime next = wall;
    while (true) {
      next = Objects.requireNonNull(cron.next(next), "checked at the start");
      Instant instant = next.atZone(zone).toInstant();
      if (instant.isAfter(now)) {
        return instant;
      }
    }
  }

  /**
   * Were it so, db-scheduler would move a task that failed, and is tried again in a minute, to its
   * next regular time whenever an instance starts.
   */
  @Override
  public boolean isDeterministic() {
    return false;
  }
}
