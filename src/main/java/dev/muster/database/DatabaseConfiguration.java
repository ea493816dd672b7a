package dev.muster.database;

import dev.muster.home.MusterHome;
import java.io.IOException;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.jdbc.autoconfigure.JdbcConnectionDetails;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Connects the application to the embedded PostgreSQL, unless it is told of another one. */
@Configuration(proxyBeanMethods = false)
@ConditionalOnProperty(
    name = "spring.datasource.url",
    matchIfMissing = true,
    havingValue = "embedded")
class DatabaseConfiguration {

  @Bean
  EmbeddedPostgres embeddedPostgres(MusterHome home) throws IOException {
    EmbeddedPostgres postgres = EmbeddedPostgres.startOrAttach(home.postgres());
    postgres.keepRunning();
    return postgres;
  }

  /** The data source depends on this, and so is closed before the server is let go. */
  @Bean
  JdbcConnectionDetails jdbcConnectionDetails(EmbeddedPostgres postgres) {
    return new JdbcConnectionDetails() {
      @Override
      public String getUsername() {
        return postgres.user();
      }

      @Override
      public String getPassword() {
        return postgres.password();
      }

      @Override
      public String getJdbcUrl() {
        return postgres.jdbcUrl();
      }
    };
  }
}
