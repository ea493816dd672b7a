#!/usr/bin/env bash
# spring-kafka 4.1.2, org.apache.kafka 4.2.1 (client, and the broker of spring-kafka-test), Java 17 or newer
#
# A DefaultErrorHandler with a DeadLetterPublishingRecoverer tries a record again so many times, then puts it on another topic and goes
# on; one would guess that a topic with the same limits takes what the first one took. A broker's limit is of what arrives, after
# compression; a producer's (max.request.size, 1 MB) of a record before it. So a record of 5 MB that its sender compressed lies in a topic
# whose limit is 1 MB, and the dead letters' producer with its usual settings can't send it to a topic of the same limit. The handler then
# begins anew with the same record: two retries were asked for, and it comes for ever, and nothing behind it in its partition is ever
# read. With a larger max.request.size and the same compression for dead letters, it is put aside and the next is read.
# Right for Muster: what can never work is kept in the database, and a dead letter that is too large is left out and said
# (docs/sources.md).
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
cat > DeadLetter.java <<'JAVA'
import java.util.*;
import java.util.concurrent.*;
import org.apache.kafka.clients.admin.*;
import org.apache.kafka.clients.producer.*;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.*;
import org.springframework.kafka.core.*;
import org.springframework.kafka.listener.*;
import org.springframework.kafka.test.EmbeddedKafkaKraftBroker;
import org.springframework.util.backoff.FixedBackOff;

class DeadLetter {
  static final Map<String, Object> LARGE = Map.of("max.request.size", 10_000_000, "compression.type", "gzip");

  static DefaultKafkaProducerFactory<String, byte[]> producers(String broker, Map<String, Object> further) {
    Map<String, Object> settings = new HashMap<>(further);
    settings.put("bootstrap.servers", broker);
    return new DefaultKafkaProducerFactory<>(settings, new StringSerializer(), new ByteArraySerializer());
  }

  static void run(String broker, String topic, Map<String, Object> deadLetters) throws Exception {
    try (var sender = producers(broker, LARGE).createProducer()) {
      sender.send(new ProducerRecord<>(topic, new byte[5_000_000])).get();
      sender.send(new ProducerRecord<>(topic, "next".getBytes())).get();
    }
    var handler = new DefaultErrorHandler(
        new DeadLetterPublishingRecoverer(new KafkaTemplate<>(producers(broker, deadLetters))), new FixedBackOff(50, 2));
    var next = new CountDownLatch(1);
    var tries = new CountDownLatch(12);
    var container = new ContainerProperties(topic);
    container.setMessageListener((MessageListener<String, byte[]>) message -> {
      if (message.offset() > 0) {
        next.countDown();
        return;
      }
      tries.countDown();
      throw new IllegalArgumentException("no manifest");
    });
    var listener = new KafkaMessageListenerContainer<>(new DefaultKafkaConsumerFactory<>(
        Map.of("bootstrap.servers", broker, "group.id", topic, "auto.offset.reset", "earliest"),
        new StringDeserializer(), new ByteArrayDeserializer()), container);
    listener.setCommonErrorHandler(handler);
    listener.start();
    while (next.getCount() > 0 && tries.getCount() > 0) {
      Thread.sleep(50);
    }
    listener.stop();
    try (var admin = Admin.create(Map.of("bootstrap.servers", broker))) {
      var dead = new TopicPartition(topic + "-dlt", 0);
      System.out.println(topic + ": first record tried " + (tries.getCount() > 0 ? 12 - tries.getCount() + " times" : "12 times and going on")
          + ", dead letters " + admin.listOffsets(Map.of(dead, OffsetSpec.latest())).partitionResult(dead).get().offset()
          + ", next record " + (next.getCount() > 0 ? "not read" : "read"));
    }
  }

  public static void main(String[] args) throws Exception {
    var broker = new EmbeddedKafkaKraftBroker(1, 1, "usual", "usual-dlt", "large", "large-dlt");
    broker.afterPropertiesSet();
    run(broker.getBrokersAsString(), "usual", Map.of());
    run(broker.getBrokersAsString(), "large", LARGE);
    broker.destroy();
    System.exit(0);
  }
}
JAVA
mvn -q -B dependency:build-classpath -Dmdep.outputFile=cp.txt >&2
java -cp "$(cat cp.txt)" DeadLetter.java 2>err.txt | grep -E '^(usual|large):' | tee seen.txt
diff seen.txt - <<'SEEN'
usual: first record tried 12 times and going on, dead letters 0, next record not read
large: first record tried 3 times, dead letters 1, next record read
SEEN
