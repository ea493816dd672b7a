package dev.muster.schedule;

import com.github.kagkarlsson.scheduler.task.ExecutionComplete;
import com.github.kagkarlsson.scheduler.task.ExecutionOperations;
import com.github.kagkarlsson.scheduler.task.FailureHandler;
import com.github.kagkarlsson.scheduler.task.schedule.Schedule;
import java.time.Duration;
import java.time.Instant;

/**
 * What failed is tried again after growing delays, but never later than its next turn. (A retry of
 * db-scheduler's takes the turn's place: what had failed for two days would wait for another one
 * when its cause is gone.)
 */
record NoLaterThanItsTurn(Schedule schedule, Duration firstDelay) implements FailureHandler<Void> {

  private static final double GROWTH = 1.5;

  @Override
  public void onFailure(ExecutionComplete failed, ExecutionOperations<Void> operations) {
    operations.reschedule(failed, next(failed));
  }

  Instant next(ExecutionComplete failed) {
    double delay =
        firstDelay.toMillis() * Math.pow(GROWTH, failed.getExecution().consecutiveFailures);
    Instant retry = failed.getTimeDone().plusMillis(Math.round(delay));
    Instant turn = schedule.getNextExecutionTime(failed);
    return retry.isBefore(turn) ? retry : turn;
  }
}
