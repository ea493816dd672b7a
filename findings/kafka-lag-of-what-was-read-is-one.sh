#!/usr/bin/env bash
# spring-kafka 4.1.2, org.apache.kafka 4.2.1 (client, and the broker of spring-kafka-test), Java 17 or newer
#
# A group's lag is the topic's end less what the group has committed, and one would guess it to be 0 where all was read, and the number of
# records that wait where not. Behind each transaction of a producer the broker writes a mark that has an offset of its own and is given to no
# reader. So three records that were sent in three transactions have the offsets 0, 2 and 4 and an end of 6, and a listener of Spring's
# commits the 5 behind the last record: the lag is 1 for ever, an alert on "more than 0 for ten minutes" never ends, and whoever waits for
# lag 0 waits for good. With a listener that stands still the same three are a lag of 6. A listener with fixTxOffsets commits 6. Which of these
# a topic has is up to who sends to it, and can't be seen in a record.
# Right for Muster: none of its alerts goes by offsets; what waits is counted in its database (docs/sources.md, "Kafka").
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
cat > Lag.java <<'JAVA'
import java.util.*;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.apache.kafka.clients.admin.*;
import org.apache.kafka.clients.producer.*;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.*;
import org.springframework.kafka.core.DefaultKafkaConsumerFactory;
import org.springframework.kafka.listener.*;
import org.springframework.kafka.test.EmbeddedKafkaKraftBroker;

class Lag {
  static void run(String servers, String topic, boolean transactions, boolean fix) throws Exception {
    Map<String, Object> settings = new HashMap<>(Map.of("bootstrap.servers", servers));
    if (transactions) {
      settings.put("transactional.id", topic);
    }
    try (var producer = new KafkaProducer<>(settings, new StringSerializer(), new StringSerializer())) {
      if (transactions) {
        producer.initTransactions();
      }
      for (int i = 1; i <= 3; i++) {
        if (transactions) {
          producer.beginTransaction();
        }
        producer.send(new ProducerRecord<>(topic, "manifest " + i));
        if (transactions) {
          producer.commitTransaction();
        }
      }
    }
    var offsets = new ConcurrentLinkedQueue<Long>();
    var container = new ContainerProperties(topic);
    container.setMessageListener((MessageListener<String, String>) message -> offsets.add(message.offset()));
    container.setFixTxOffsets(fix);
    var listener = new KafkaMessageListenerContainer<>(new DefaultKafkaConsumerFactory<>(
        Map.of("bootstrap.servers", servers, "group.id", topic, "auto.offset.reset", "earliest", "isolation.level", "read_committed"),
        new StringDeserializer(), new StringDeserializer()), container);
    listener.start();
    for (int i = 0; i < 600 && offsets.size() < 3; i++) {
      Thread.sleep(100);
    }
    // time enough to commit once more, and for the mark behind the last record to be passed
    Thread.sleep(10_000);
    listener.stop();
    try (var admin = Admin.create(Map.of("bootstrap.servers", servers))) {
      var partition = new TopicPartition(topic, 0);
      long end = admin.listOffsets(Map.of(partition, OffsetSpec.latest())).partitionResult(partition).get().offset();
      long committed = admin.listConsumerGroupOffsets(topic).partitionsToOffsetAndMetadata().get().get(partition).offset();
      System.out.println(topic + ": read " + offsets + ", committed " + committed + ", end " + end + ", lag " + (end - committed));
    }
  }

  public static void main(String[] args) throws Exception {
    var broker = new EmbeddedKafkaKraftBroker(1, 1, "plain", "transactions", "fixTxOffsets");
    broker.brokerProperty("transaction.state.log.replication.factor", "1");
    broker.brokerProperty("transaction.state.log.min.isr", "1");
    broker.afterPropertiesSet();
    run(broker.getBrokersAsString(), "plain", false, false);
    run(broker.getBrokersAsString(), "transactions", true, false);
    run(broker.getBrokersAsString(), "fixTxOffsets", true, true);
    broker.destroy();
    System.exit(0);
  }
}
JAVA
mvn -q -B dependency:build-classpath -Dmdep.outputFile=cp.txt >&2
java -cp "$(cat cp.txt)" Lag.java 2>/dev/null | grep -E '^(plain|transactions|fixTxOffsets):' | tee seen.txt
diff seen.txt - <<'SEEN'
plain: read [0, 1, 2], committed 3, end 3, lag 0
transactions: read [0, 2, 4], committed 5, end 6, lag 1
fixTxOffsets: read [0, 2, 4], committed 6, end 6, lag 0
SEEN
