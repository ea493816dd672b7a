#!/usr/bin/env bash
# com.github.kagkarlsson:db-scheduler 16.12.0 (h2 2.3.232 as its database), Java 17 or newer
#
# A recurring task that fails is to be tried again sooner than at its next turn; the library has an ExponentialBackoffFailureHandler for that,
# and one for so many retries. One would guess that the turns of its schedule go on beside them. A task has one time at which it is due, and a
# retry takes its place: the longer it has been failing, the further away the next attempt is, behind any night that comes meanwhile. A
# nightly task that failed for three days is not run in the night after it was mended, but 35 hours later, and a task of every minute that
# failed for ten hours 4 h 41 min later. With MaxRetriesFailureHandler(3, …) its row is deleted behind the third retry, and it never runs
# again unless a process is started anew. With maxRetries(3)….then(new OnFailureReschedule(…)), which came after it, each night has its turn,
# but failures are counted on over the nights: all but the first have no retry.
# Right for Muster: a retry is never later than the next turn (NoLaterThanItsTurn; OnceByTheClockTests.aRetryIsNeverLaterThanTheNextTurn).
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
cat > pom.xml <<'POM'
<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
  <groupId>finding</groupId><artifactId>finding</artifactId><version>1</version>
  <dependencies>
    <dependency><groupId>com.github.kagkarlsson</groupId><artifactId>db-scheduler</artifactId><version>16.12.0</version></dependency>
    <dependency><groupId>com.h2database</groupId><artifactId>h2</artifactId><version>2.3.232</version></dependency>
  </dependencies>
</project>
POM
cat > Nights.java <<'JAVA'
import com.github.kagkarlsson.scheduler.task.FailureHandler;
import com.github.kagkarlsson.scheduler.task.helper.Tasks;
import com.github.kagkarlsson.scheduler.task.schedule.*;
import com.github.kagkarlsson.scheduler.testhelper.*;
import java.time.*;
import java.util.*;
import org.h2.jdbcx.JdbcDataSource;

class Nights {
  static final Instant MONDAY = Instant.parse("2027-03-01T00:00:00Z");

  /** Runs a task that fails until it is mended, by a clock that is set on, and says when it was done. */
  static void run(String name, Schedule schedule, FailureHandler<Void> handler, Duration broken) throws Exception {
    var source = new JdbcDataSource();
    source.setURL("jdbc:h2:mem:" + UUID.randomUUID() + ";DB_CLOSE_DELAY=-1");
    try (var connection = source.getConnection()) {
      connection.createStatement().execute("CREATE TABLE scheduled_tasks (task_name varchar(99), task_instance varchar(99), task_data blob,"
          + " execution_time timestamp(6) with time zone, picked boolean, picked_by varchar(99), last_success timestamp(6) with time zone,"
          + " last_failure timestamp(6) with time zone, consecutive_failures int, last_heartbeat timestamp(6) with time zone, version bigint,"
          + " priority int, PRIMARY KEY (task_name, task_instance))");
    }
    var clock = new SettableClock();
    clock.set(MONDAY);
    var mended = MONDAY.plus(broken);
    var failed = new ArrayList<Instant>();
    var done = new ArrayList<Instant>();
    var builder = Tasks.recurring("task", schedule);
    if (handler != null) {
      builder.onFailure(handler);
    }
    var task = builder.execute((instance, context) -> {
      (clock.now().isBefore(mended) ? failed : done).add(clock.now());
      if (clock.now().isBefore(mended)) {
        throw new IllegalStateException("the disk is full");
      }
    });
    try (var unused = source.getConnection()) {
      var scheduler = TestHelper.createManualScheduler(source).startTasks(List.of(task)).clock(clock).start();
      for (int minute = 0; minute < 7 * 24 * 60 && done.isEmpty(); minute++) {
        scheduler.runAnyDueExecutions();
        clock.tick(Duration.ofMinutes(1));
      }
    }
    System.out.println(name + ": failed " + failed.size() + " times, the last time " + failed.get(failed.size() - 1)
        + ", mended " + mended + ", "
        + (done.isEmpty() ? "never again in a week" : "done " + done.get(0)));
  }

  public static void main(String[] args) throws Exception {
    var nightly = Schedules.daily(ZoneOffset.UTC, LocalTime.of(2, 0));
    var backoff = new FailureHandler.ExponentialBackoffFailureHandler<Void>(Duration.ofMinutes(1));
    run("nightly, without a handler", nightly, null, Duration.ofHours(78));
    run("nightly, exponential backoff", nightly, backoff, Duration.ofHours(78));
    run("nightly, three retries", nightly, new FailureHandler.MaxRetriesFailureHandler<>(3, backoff), Duration.ofHours(78));
    run("nightly, three retries, then its schedule", nightly,
        FailureHandler.<Void>maxRetries(3).retryEvery(Duration.ofMinutes(1)).then(new FailureHandler.OnFailureReschedule<>(nightly)), Duration.ofHours(78));
    run("each minute, exponential backoff", Schedules.fixedDelay(Duration.ofMinutes(1)), backoff, Duration.ofHours(10));
  }
}
JAVA
mvn -q -B dependency:build-classpath -Dmdep.outputFile=cp.txt >&2
java -cp "$(cat cp.txt)" Nights.java 2>/dev/null | tee seen.txt
diff seen.txt - <<'SEEN'
nightly, without a handler: failed 4 times, the last time 2027-03-04T02:00:00Z, mended 2027-03-04T06:00:00Z, done 2027-03-05T02:00:00Z
nightly, exponential backoff: failed 20 times, the last time 2027-03-04T04:00:00Z, mended 2027-03-04T06:00:00Z, done 2027-03-05T16:57:00Z
nightly, three retries: failed 4 times, the last time 2027-03-01T02:06:00Z, mended 2027-03-04T06:00:00Z, never again in a week
nightly, three retries, then its schedule: failed 7 times, the last time 2027-03-04T02:00:00Z, mended 2027-03-04T06:00:00Z, done 2027-03-05T02:00:00Z
each minute, exponential backoff: failed 15 times, the last time 2027-03-01T09:49:00Z, mended 2027-03-01T10:00:00Z, done 2027-03-01T14:41:00Z
SEEN
