#!/usr/bin/env bash
# org.apache.kafka 4.2.1 (client, and the broker of spring-kafka-test 4.1.2), Java 17 or newer
#
# A record that the broker has acknowledged, with acks=all, one would guess to be kept for the topic's retention, seven days, counted from
# when it arrived. It is counted from the time that the record bears, and that is the sender's clock (message.timestamp.type=CreateTime,
# the default). So what a machine sends whose clock stands eight days back, or at 1970 since its battery is empty, is acknowledged and
# deleted by the broker's next look at its logs, five minutes later at most: a consumer that is away for so long never sees it, and
# nobody hears of it. A clock that is two hours ahead is refused since Kafka 4.0 (message.timestamp.after.max.ms is an hour). Under
# LogAppendTime the broker stamps what arrives, and both are kept. (Here the broker looks twice a second, so that one needn't wait.)
# Right for Muster: its topics have message.timestamp.type=LogAppendTime (docs/sources.md).
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
cat > pom.xml <<'POM'
<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
  <parent><groupId>org.springframework.boot</groupId><artifactId>spring-boot-starter-parent</artifactId><version>4.1.2</version><relativePath/></parent>
  <groupId>finding</groupId><artifactId>finding</artifactId><version>1</version>
  <properties><kafka.version>4.2.1</kafka.version></properties>
  <dependencies>
    <dependency><groupId>org.springframework.kafka</groupId><artifactId>spring-kafka</artifactId></dependency>
    <dependency><groupId>org.springframework.kafka</groupId><artifactId>spring-kafka-test</artifactId></dependency>
  </dependencies>
</project>
POM
cat > SendersClock.java <<'JAVA'
import java.time.Duration;
import java.util.*;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.*;
import org.apache.kafka.clients.consumer.*;
import org.apache.kafka.clients.producer.*;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.*;
import org.springframework.kafka.test.EmbeddedKafkaKraftBroker;

class SendersClock {
  static final Map<String, Duration> CLOCKS = new TreeMap<>(Map.of(
      "8 days back", Duration.ofDays(-8), "right", Duration.ZERO, "2 hours ahead", Duration.ofHours(2)));

  static String sent(KafkaProducer<String, String> producer, String topic, Duration wrong) throws Exception {
    try {
      producer.send(new ProducerRecord<>(topic, 0, System.currentTimeMillis() + wrong.toMillis(), "line 7", "manifest")).get();
      return "acknowledged";
    } catch (ExecutionException e) {
      return e.getCause().getClass().getSimpleName();
    }
  }

  public static void main(String[] args) throws Exception {
    var broker = new EmbeddedKafkaKraftBroker(1, 1);
    broker.brokerProperties(Map.of("log.initial.task.delay.ms", "500", "log.retention.check.interval.ms", "500"));
    broker.afterPropertiesSet();
    Map<String, Object> at = Map.of("bootstrap.servers", broker.getBrokersAsString(), "acks", "all");
    try (var admin = Admin.create(at); var producer = new KafkaProducer<>(at, new StringSerializer(), new StringSerializer())) {
      for (String stamped : List.of("CreateTime", "LogAppendTime")) {
        var said = new TreeMap<String, String>();
        for (String clock : CLOCKS.keySet()) {
          String topic = (stamped + "-" + clock).replace(' ', '-');
          admin.createTopics(List.of(new NewTopic(topic, 1, (short) 1).configs(Map.of("message.timestamp.type", stamped)))).all().get();
          said.put(clock, sent(producer, topic, CLOCKS.get(clock)));
        }
        // The broker has looked at its logs when it has deleted the first, or many times.
        var old = new TopicPartition(stamped + "-8-days-back", 0);
        for (int i = 0; i < 100 && admin.listOffsets(Map.of(old, OffsetSpec.earliest())).partitionResult(old).get().offset() == 0; i++) {
          Thread.sleep(100);
        }
        for (String clock : CLOCKS.keySet()) {
          var partition = new TopicPartition((stamped + "-" + clock).replace(' ', '-'), 0);
          var ends = admin.listOffsets(Map.of(partition, OffsetSpec.latest())).partitionResult(partition).get().offset();
          var begins = admin.listOffsets(Map.of(partition, OffsetSpec.earliest())).partitionResult(partition).get().offset();
          System.out.println(stamped + ", clock " + clock + ": " + said.get(clock) + ", left to read " + (ends - begins));
        }
      }
    }
    broker.destroy();
    System.exit(0);
  }
}
JAVA
mvn -q -B dependency:build-classpath -Dmdep.outputFile=cp.txt >&2
java -cp "$(cat cp.txt)" SendersClock.java 2>err.txt | grep -E ', clock ' | tee seen.txt
diff seen.txt - <<'SEEN'
CreateTime, clock 2 hours ahead: InvalidTimestampException, left to read 0
CreateTime, clock 8 days back: acknowledged, left to read 0
CreateTime, clock right: acknowledged, left to read 1
LogAppendTime, clock 2 hours ahead: acknowledged, left to read 1
LogAppendTime, clock 8 days back: acknowledged, left to read 1
LogAppendTime, clock right: acknowledged, left to read 1
SEEN
