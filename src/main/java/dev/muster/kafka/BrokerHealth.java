package dev.muster.kafka;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.DescribeClusterOptions;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.health.contributor.AbstractHealthIndicator;
import org.springframework.boot.health.contributor.Health;
import org.springframework.stereotype.Component;

/**
 * Whether the broker answers. Degraded when it does not: what other sources bring is provisioned
 * all the same.
 */
@Component("kafkaHealthIndicator")
@ConditionalOnBooleanProperty("muster.serve")
@ConditionalOnProperty("muster.kafka.bootstrap-servers")
@EnableConfigurationProperties(KafkaProperties.class)
class BrokerHealth extends AbstractHealthIndicator implements DisposableBean {

  private final KafkaProperties properties;
  private final Duration timeout;
  private @Nullable Admin admin;

  BrokerHealth(KafkaProperties properties, @Value("${muster.health.timeout:3s}") Duration timeout) {
    super("The Kafka broker was not asked.");
    this.properties = properties;
    this.timeout = timeout;
  }

  @Override
  protected void doHealthCheck(Health.Builder health) throws InterruptedException {
    int milliseconds = Math.toIntExact(timeout.toMillis());
    try {
      int brokers =
          admin()
              .describeCluster(new DescribeClusterOptions().timeoutMs(milliseconds))
              .nodes()
              .get(milliseconds, TimeUnit.MILLISECONDS)
              .size();
      health.up().withDetail("brokers", brokers);
    } catch (InterruptedException e) {
      throw e;
    } catch (Exception e) {
      // Its message may quote the configuration.
      health
          .status("DEGRADED")
          .withDetail("problem", "The broker does not answer within " + timeout + ".")
          .withDetail("cause", kind(e));
    }
  }

  private static String kind(Exception e) {
    return (e.getCause() == null ? e : e.getCause()).getClass().getSimpleName();
  }

  private synchronized Admin admin() {
    if (admin == null) {
      Map<String, Object> client = new HashMap<>(properties.client());
      client.put(AdminClientConfig.CLIENT_ID_CONFIG, "muster-health");
      admin = Admin.create(client);
    }
    return admin;
  }

  @Override
  public synchronized void destroy() {
    if (admin != null) {
      admin.close(Duration.ZERO);
    }
  }
}
