package dev.muster.sftp;

import dev.muster.arrival.Drop;
import dev.muster.arrival.Inbox;
import dev.muster.arrival.Source;
import dev.muster.arrival.Sweep;
import dev.muster.factory.Factories;
import dev.muster.home.FailureSentence;
import java.time.Clock;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnExpression;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.health.contributor.AbstractHealthIndicator;
import org.springframework.boot.health.contributor.Health;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Here only when a server is configured. */
@Configuration(proxyBeanMethods = false)
@ConditionalOnExpression("!'${muster.sftp.host:}'.isBlank()")
@EnableConfigurationProperties(SftpProperties.class)
class SftpConfiguration {

  private static final Source SFTP = new Source("sftp");

  @Bean
  Source sftp() {
    return SFTP;
  }

  @Bean
  SftpServer sftpServer(SftpProperties properties) {
    return new SftpServer(properties);
  }

  @Bean
  SftpPlace sftpPlace(SftpServer server) {
    return new SftpPlace(server);
  }

  @Bean
  @ConditionalOnBooleanProperty("muster.serve")
  Sweep sftpSweep(
      SftpServer server, SftpProperties properties, Inbox inbox, Factories factories, Clock clock) {
    Drop drop = new Drop(SFTP, inbox, factories, properties.quiet(), clock);
    return new Sweep(
        SFTP.name(),
        properties.sweep(),
        sweep -> {
          boolean unused =
              server.<Boolean, RuntimeException>use(
                  (folders, outbox) -> {
                    folders.look(drop);
                    return true;
                  });
        });
  }

  /** Degraded when the server is away, refuses us, or is a stranger; the rest goes on. */
  @Bean
  @ConditionalOnBooleanProperty("muster.serve")
  AbstractHealthIndicator sftpHealthIndicator(SftpServer server) {
    return new AbstractHealthIndicator("The SFTP server was not asked.") {
      @Override
      protected void doHealthCheck(Health.Builder health) {
        try {
          boolean unused = server.<Boolean, RuntimeException>use((folders, outbox) -> true);
          health.up();
        } catch (Exception e) {
          health.status("DEGRADED").withDetail("problem", FailureSentence.of(e));
        }
      }
    };
  }
}
