#!/usr/bin/env bash
# com.github.kagkarlsson:db-scheduler 16.12.0 (its cron expressions are com.cronutils:cron-utils'), Java 17 or newer
#
# A nightly task at 02:30 in a zone with summer time. One would guess that `cron` and `daily`, for the same time and zone, are due
# at the same instants: once each night. In the night in which clocks go forward there is no 02:30: `cron` leaves that night out,
# `daily` runs at 03:30. In the night in which they go back there are two: `cron` is due at both, `daily` once. And an expression
# that can never be due (31 February) is taken without a word and put off to the year 2500.
# Right for Muster: one nightly run a night whatever the clocks do; an expression that is never due is refused at start.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
cat > pom.xml <<'POM'
<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
  <groupId>finding</groupId><artifactId>finding</artifactId><version>1</version>
  <dependencies>
    <dependency><groupId>com.github.kagkarlsson</groupId><artifactId>db-scheduler</artifactId><version>16.12.0</version></dependency>
  </dependencies>
</project>
POM
cat > Nights.java <<'JAVA'
import com.github.kagkarlsson.scheduler.task.ExecutionComplete;
import com.github.kagkarlsson.scheduler.task.schedule.Schedule;
import com.github.kagkarlsson.scheduler.task.schedule.Schedules;
import java.time.*;

class Nights {
  static final ZoneId BERLIN = ZoneId.of("Europe/Berlin");

  static void nights(String name, Schedule schedule, LocalDate from) {
    Instant time = from.atTime(12, 0).atZone(BERLIN).toInstant();
    for (int i = 0; i < 3; i++) {
      time = schedule.getNextExecutionTime(ExecutionComplete.simulatedSuccess(time));
      System.out.println(name + " " + time.atZone(BERLIN).toOffsetDateTime());
      time = time.plusSeconds(60);
    }
  }

  public static void main(String[] args) {
    Schedule cron = Schedules.cron("0 30 2 * * *", BERLIN);
    Schedule daily = Schedules.daily(BERLIN, LocalTime.of(2, 30));
    nights("spring cron ", cron, LocalDate.of(2027, 3, 26));
    nights("spring daily", daily, LocalDate.of(2027, 3, 26));
    nights("autumn cron ", cron, LocalDate.of(2027, 10, 29));
    nights("autumn daily", daily, LocalDate.of(2027, 10, 29));
    Schedule never = Schedules.cron("0 0 2 31 2 *", ZoneId.of("UTC"));
    System.out.println("never due   " + never.getNextExecutionTime(ExecutionComplete.simulatedSuccess(Instant.parse("2027-01-01T00:00:00Z"))).toString().substring(0, 4));
  }
}
JAVA
mvn -q -B dependency:build-classpath -Dmdep.outputFile=cp.txt >&2
java -cp "$(cat cp.txt)" Nights.java 2>/dev/null | tee seen.txt
diff seen.txt - <<'SEEN'
spring cron  2027-03-27T02:30+01:00
spring cron  2027-03-29T02:30+02:00
spring cron  2027-03-30T02:30+02:00
spring daily 2027-03-27T02:30+01:00
spring daily 2027-03-28T03:30+02:00
spring daily 2027-03-29T02:30+02:00
autumn cron  2027-10-30T02:30+02:00
autumn cron  2027-10-31T02:30+02:00
autumn cron  2027-10-31T02:30+01:00
autumn daily 2027-10-30T02:30+02:00
autumn daily 2027-10-31T02:30+02:00
autumn daily 2027-11-01T02:30+01:00
never due   2500
SEEN
