package dev.muster.schedule;

import com.github.kagkarlsson.scheduler.Scheduler;
import com.github.kagkarlsson.scheduler.SchedulerName;
import com.github.kagkarlsson.scheduler.task.helper.RecurringTask;
import com.github.kagkarlsson.scheduler.task.helper.Tasks;
import com.github.kagkarlsson.scheduler.task.schedule.Schedule;
import com.github.kagkarlsson.scheduler.task.schedule.Schedules;
import dev.muster.access.Caller;
import dev.muster.access.Callers;
import dev.muster.arrival.WaitingLists;
import dev.muster.bundle.LeftStaging;
import dev.muster.publisher.Reconciliation;
import dev.muster.renewal.EndingTokens;
import dev.muster.renewal.RenewalOutcome;
import dev.muster.renewal.RenewalRuns;
import dev.muster.run.LeftContent;
import dev.muster.run.RunUnderWayException;
import dev.muster.store.Leftovers;
import dev.muster.store.ObjectStore;
import dev.muster.upload.LeftUploads;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.event.ContextClosedEvent;
import org.springframework.context.event.EventListener;
import org.springframework.scheduling.support.CronExpression;
import org.springframework.stereotype.Component;

/**
 * The tasks that run by the clock, once among all instances: whose turn it is stands in the
 * database. One that was missed because nothing was up is done at the next start; one whose process
 * was killed is done again by another.
 */
@Component
@ConditionalOnBooleanProperty("muster.serve")
class ScheduledTasks implements SmartLifecycle {

  private static final Logger LOG = LoggerFactory.getLogger(ScheduledTasks.class);

  private static final Duration POLL = Duration.ofSeconds(5);
  private static final Duration HEARTBEAT = Duration.ofSeconds(10);
  private static final int MISSED_HEARTBEATS = 4;
  private static final Duration FIRST_RETRY = Duration.ofMinutes(1);
  private static final Duration PATIENCE_AT_THE_END = Duration.ofSeconds(30);
  private static final int THREADS = 3;
  private static final Duration EVERY_MINUTE = Duration.ofMinutes(1);
  private static final Duration EVERY_HOUR = Duration.ofHours(1);

  private final DataSource dataSource;
  private final ScheduleProperties properties;
  private final NightlyRun nightlyRun;
  private final WaitingLists waitingLists;
  private final RenewalRuns renewalRuns;
  private final EndingTokens endingTokens;
  private final Reconciliation reconciliation;
  private final LeftUploads leftUploads;
  private final LeftContent leftContent;
  private final ObjectStore store;
  private final Leftovers leftovers;
  private final LeftStaging leftStaging;
  private final String processName;
  private @Nullable Scheduler scheduler;
  private volatile boolean ending;

  ScheduledTasks(
      DataSource dataSource,
      ScheduleProperties properties,
      NightlyRun nightlyRun,
      WaitingLists waitingLists,
      RenewalRuns renewalRuns,
      EndingTokens endingTokens,
      Reconciliation reconciliation,
      LeftUploads leftUploads,
      LeftContent leftContent,
      ObjectStore store,
      Leftovers leftovers,
      LeftStaging leftStaging,
      @Value("${muster.process}") String processName) {
    this.dataSource = dataSource;
    this.properties = properties;
    this.nightlyRun = nightlyRun;
    this.waitingLists = waitingLists;
    this.renewalRuns = renewalRuns;
    this.endingTokens = endingTokens;
    this.reconciliation = reconciliation;
    this.leftUploads = leftUploads;
    this.leftContent = leftContent;
    this.store = store;
    this.leftovers = leftovers;
    this.leftStaging = leftStaging;
    this.processName = processName;
  }

  @Override
  public void start() {
    ending = false;
    List<RecurringTask<?>> tasks = new ArrayList<>();
    byTheClock("nightly", properties.nightly(), this::nightly, tasks);
    byTheClock("reconcile", properties.reconcile(), this::reconcile, tasks);
    byTheClock("renewal", properties.renewal(), this::renewal, tasks);
    byTheClock("token-ends", properties.tokenEnds(), endingTokens::tell, tasks);
    if (waitingLists.atOnce()) {
      tasks.add(task("due-entries", Schedules.fixedDelay(EVERY_MINUTE), nightlyRun::applyDue));
    }
    tasks.add(task("uploads", Schedules.fixedDelay(EVERY_HOUR), leftUploads::sweep));
    tasks.add(task("content", Schedules.fixedDelay(EVERY_HOUR), leftContent::sweep));
    if (!store.isHome()) {
      tasks.add(task("leftovers", Schedules.fixedDelay(EVERY_HOUR), this::sweepStore));
    }
    Scheduler started =
        Scheduler.create(dataSource)
            .startTasks(tasks)
            .threads(THREADS)
            .pollingInterval(POLL)
            .heartbeatInterval(HEARTBEAT)
            .missedHeartbeatsLimit(MISSED_HEARTBEATS)
            .shutdownMaxWait(PATIENCE_AT_THE_END)
            .schedulerName(new SchedulerName.Fixed(processName))
            .build();
    started.start();
    scheduler = started;
  }

  /** Before its runs are asked to stop: what of it is stopped then was cut off. */
  @EventListener(ContextClosedEvent.class)
  void ends() {
    ending = true;
    if (scheduler != null) {
      scheduler.pause();
    }
  }

  /** After {@code OrderlyStop} has asked the runs to stop: it waits for what is under way. */
  @Override
  public int getPhase() {
    return DEFAULT_PHASE - 2;
  }

  @Override
  public void stop() {
    if (scheduler != null) {
      ending = true;
      scheduler.stop();
      scheduler = null;
    }
  }

  @Override
  public boolean isRunning() {
    return scheduler != null;
  }

  private void nightly() throws InterruptedException {
    try {
      if (nightlyRun.run().isEmpty()) {
        LOG.info("nightly=under-way by hand");
      }
    } catch (IOException e) {
      // It is done and told, but for the file of its report: done again, it would be told again.
      LOG.warn("nightly=report-not-written", e);
    }
  }

  private void renewal() {
    try {
      List<RenewalOutcome> outcomes = renewalRuns.renew(null, null, null);
      outcomes.forEach(
          outcome ->
              LOG.info(
                  "renewal=ended factory={} status={} devices={} tokens={} skipped={} cause={}",
                  outcome.factory(),
                  outcome.status(),
                  outcome.devices(),
                  outcome.tokens(),
                  outcome.skipped(),
                  outcome.cause()));
      if (ending && !outcomes.stream().allMatch(RenewalOutcome::well)) {
        throw new IllegalStateException("It was cut off; another instance goes on with it.");
      }
    } catch (RunUnderWayException e) {
      LOG.info("renewal=under-way elsewhere");
    }
  }

  private void reconcile() throws InterruptedException, IOException {
    if (reconciliation.run(List.of(), true).isEmpty()) {
      LOG.info("reconciliation=under-way by hand");
    }
  }

  private void sweepStore() throws IOException {
    leftStaging.sweep();
    leftovers.sweepContent();
  }

  private void byTheClock(String name, String cron, Work work, List<RecurringTask<?>> tasks) {
    if (!cron.equals(ScheduleProperties.OFF)) {
      tasks.add(
          task(name, new OnceByTheClock(CronExpression.parse(cron), properties.zone()), work));
    }
  }

  private static RecurringTask<Void> task(String name, Schedule schedule, Work work) {
    return Tasks.recurring(name, schedule)
        .onFailure(new NoLaterThanItsTurn(schedule, FIRST_RETRY))
        .onDeadExecutionRevive()
        .execute(
            (instance, context) -> {
              try {
                Callers.call(
                    Caller.muster(name),
                    () -> {
                      work.run();
                      return true;
                    });
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException(name + " was interrupted.", e);
              } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
              } catch (RuntimeException e) {
                throw e;
              } catch (Exception e) {
                throw new IllegalStateException(e);
              }
            });
  }

  private interface Work {
    void run() throws InterruptedException, IOException;
  }
}
