#!/usr/bin/env bash
# io.micrometer:micrometer-registry-prometheus 1.17.2 (io.prometheus client 1.7.0), Java 17 or newer
#
# Two meters of different names, muster.devices (how many there are) and muster.devices.created (how many were made), one would guess to
# be two series at the Prometheus endpoint. Prometheus' client keeps `created`, `total`, `bucket` and `info` at the end of a name for
# itself, and Micrometer cuts them off where it tells names apart: both gauges are muster_devices, both counters jobs_total. Whoever comes
# second is left out of the scrape: no exception, its value can be read in the program, and of all such pairs but the first nothing is
# logged above DEBUG. A gauge that comes alone loses its ending: bytes.total is told as `bytes`, and an alert on bytes_total never fires.
# Right for Muster: every metric that its alerts ask for is in a real scrape, under that name (WatchingTests).
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
cat > pom.xml <<'POM'
<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
  <groupId>finding</groupId><artifactId>finding</artifactId><version>1</version>
  <dependencies>
    <dependency><groupId>io.micrometer</groupId><artifactId>micrometer-registry-prometheus</artifactId><version>1.17.2</version></dependency>
    <dependency><groupId>org.slf4j</groupId><artifactId>slf4j-nop</artifactId><version>2.0.17</version></dependency>
  </dependencies>
</project>
POM
cat > Names.java <<'JAVA'
import io.micrometer.core.instrument.*;
import io.micrometer.prometheusmetrics.*;

class Names {
  public static void main(String[] args) {
    var registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    Gauge.builder("muster.devices", () -> 7).register(registry);
    Gauge.builder("muster.devices.created", () -> 2).register(registry);
    Gauge.builder("bytes.total", () -> 5).register(registry);
    Counter.builder("jobs.created").register(registry).increment(3);
    Counter.builder("jobs").register(registry).increment(4);
    registry.scrape().lines().filter(line -> !line.startsWith("#")).sorted().forEach(System.out::println);
    System.out.println("in the program: muster.devices.created " + registry.get("muster.devices.created").gauge().value()
        + ", jobs " + registry.get("jobs").counter().count());
  }
}
JAVA
mvn -q -B dependency:build-classpath -Dmdep.outputFile=cp.txt >&2
java -cp "$(cat cp.txt)" Names.java 2>/dev/null | tee seen.txt
diff seen.txt - <<'SEEN'
bytes 5.0
jobs_total 3.0
muster_devices 7.0
in the program: muster.devices.created 2.0, jobs 4.0
SEEN
