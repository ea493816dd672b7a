#!/usr/bin/env bash
# com.bucket4j:bucket4j_jdk17-core 8.15.0, Java 17 or newer
#
# "60 in 15 minutes": capacity(60) with a refill of 60 in 15 minutes. One would guess that nobody gets more than 60 through in any 15
# minutes. refillGreedy lets 119 through in the first 15 minutes, a bucket full and what is filled in meanwhile. refillIntervally, which
# sounds like the fixed windows that would mend it, lets 60 through at the end of one interval and 60 at the beginning of the next: 120
# within two seconds. Who must keep to 60 in any 15 minutes needs a smaller bucket or a smaller refill (30 and 30, say).
# Right for Muster: how much a limit lets through at most is said where it is configured (docs/sign-in.md).
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
cat > pom.xml <<'POM'
<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
  <groupId>finding</groupId><artifactId>finding</artifactId><version>1</version>
  <dependencies>
    <dependency><groupId>com.bucket4j</groupId><artifactId>bucket4j_jdk17-core</artifactId><version>8.15.0</version></dependency>
  </dependencies>
</project>
POM
cat > Limit.java <<'JAVA'
import io.github.bucket4j.*;
import java.time.Duration;

class Limit {
  static final Duration WITHIN = Duration.ofMinutes(15);

  static int taken(Bandwidth limit, int from, int to) {
    long[] second = {0};
    var bucket = Bucket.builder().addLimit(limit).withCustomTimePrecision(new TimeMeter() {
      @Override public long currentTimeNanos() {
        return second[0] * 1_000_000_000;
      }

      @Override public boolean isWallClockBased() {
        return true;
      }
    }).build();
    int taken = 0;
    for (second[0] = from; second[0] < to; second[0]++) {
      while (bucket.tryConsume(1)) {
        taken++;
      }
    }
    return taken;
  }

  public static void main(String[] args) {
    var greedy = Bandwidth.builder().capacity(60).refillGreedy(60, WITHIN).build();
    var intervally = Bandwidth.builder().capacity(60).refillIntervally(60, WITHIN).build();
    System.out.println("greedy, first 15 minutes: " + taken(greedy, 0, 900));
    System.out.println("intervally, first 15 minutes: " + taken(intervally, 0, 900));
    System.out.println("intervally, second 899 and second 900: " + taken(intervally, 899, 901));
  }
}
JAVA
mvn -q -B dependency:build-classpath -Dmdep.outputFile=cp.txt >&2
java -cp "$(cat cp.txt)" Limit.java 2>/dev/null | tee seen.txt
diff seen.txt - <<'SEEN'
greedy, first 15 minutes: 119
intervally, first 15 minutes: 60
intervally, second 899 and second 900: 120
SEEN
