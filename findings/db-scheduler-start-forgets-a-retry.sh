#!/usr/bin/env bash
# com.github.kagkarlsson:db-scheduler 16.12.0 (h2 2.3.232 as its database), Java 17 or newer
#
# A recurring task that failed at two is due again at 02:40, because its failure handler said so. At ten past two somebody mends the cause and
# restarts the process, or another of the same cluster starts. One would guess that the retry stands: it is a row of the database, and is not
# over. At its start each process compares the row with the schedule's next turn, takes what differs for a schedule that was changed in the
# configuration, and moves the row to the next turn: the retry is gone, and the task is done the next night. That is so of schedules that are
# deterministic (daily, cron), because only for them the next turn can be told; what is due within ten seconds is left, and so is a retry of a
# schedule that says it is not deterministic.
# Right for Muster: its schedules say that they are not (OnceByTheClock; OnceByTheClockTests.aRetryIsNotMovedToTheNextTurn). A later time in the
# configuration counts then once the former has passed.
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
cat > Restart.java <<'JAVA'
import com.github.kagkarlsson.scheduler.task.ExecutionComplete;
import com.github.kagkarlsson.scheduler.task.helper.*;
import com.github.kagkarlsson.scheduler.task.schedule.*;
import com.github.kagkarlsson.scheduler.testhelper.*;
import java.time.*;
import java.util.*;
import org.h2.jdbcx.JdbcDataSource;

class Restart {
  static final Schedule NIGHTLY = Schedules.daily(ZoneOffset.UTC, LocalTime.of(2, 0));

  /** The same turns, which it does not promise. */
  static final Schedule UNPROMISED = new Schedule() {
    public Instant getNextExecutionTime(ExecutionComplete done) { return NIGHTLY.getNextExecutionTime(done); }
    public Instant getInitialExecutionTime(Instant now) { return NIGHTLY.getInitialExecutionTime(now); }
    public boolean isDeterministic() { return false; }
  };

  static void run(String name, Schedule schedule) throws Exception {
    var source = new JdbcDataSource();
    source.setURL("jdbc:h2:mem:" + UUID.randomUUID() + ";DB_CLOSE_DELAY=-1");
    try (var connection = source.getConnection()) {
      connection.createStatement().execute("CREATE TABLE scheduled_tasks (task_name varchar(99), task_instance varchar(99), task_data blob,"
          + " execution_time timestamp(6) with time zone, picked boolean, picked_by varchar(99), last_success timestamp(6) with time zone,"
          + " last_failure timestamp(6) with time zone, consecutive_failures int, last_heartbeat timestamp(6) with time zone, version bigint,"
          + " priority int, PRIMARY KEY (task_name, task_instance))");
    }
    var clock = new SettableClock();
    clock.set(Instant.parse("2027-03-01T00:00:00Z"));
    var task = Tasks.recurring("task", schedule)
        .onFailure((done, operations) -> operations.reschedule(done, done.getTimeDone().plus(Duration.ofMinutes(40))))
        .execute((instance, context) -> { throw new IllegalStateException("the disk is full"); });
    var scheduler = TestHelper.createManualScheduler(source).startTasks(List.of(task)).clock(clock).start();
    clock.set(Instant.parse("2027-03-01T02:00:00Z"));
    scheduler.runAnyDueExecutions();
    System.out.println(name + ", failed at two: due " + due(source));
    clock.set(Instant.parse("2027-03-01T02:10:00Z"));
    TestHelper.createManualScheduler(source).startTasks(List.of(task)).clock(clock).start();
    System.out.println(name + ", another process started: due " + due(source));
  }

  static Instant due(JdbcDataSource source) throws Exception {
    try (var connection = source.getConnection();
        var row = connection.createStatement().executeQuery("SELECT execution_time FROM scheduled_tasks")) {
      row.next();
      return row.getObject(1, OffsetDateTime.class).toInstant();
    }
  }

  public static void main(String[] args) throws Exception {
    run("daily", NIGHTLY);
    run("the same, not deterministic", UNPROMISED);
  }
}
JAVA
mvn -q -B dependency:build-classpath -Dmdep.outputFile=cp.txt >&2
java -cp "$(cat cp.txt)" Restart.java 2>/dev/null | tee seen.txt
diff seen.txt - <<'SEEN'
daily, failed at two: due 2027-03-01T02:40:00Z
daily, another process started: due 2027-03-02T02:00:00Z
the same, not deterministic, failed at two: due 2027-03-01T02:40:00Z
the same, not deterministic, another process started: due 2027-03-01T02:40:00Z
SEEN
