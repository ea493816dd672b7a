package dev.muster.database;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.dao.CannotAcquireLockException;
import org.springframework.jdbc.support.SQLExceptionSubclassTranslator;
import org.springframework.jdbc.support.SQLExceptionTranslator;

/** What kinds of errors PostgreSQL's are, where Spring does not know. */
@Configuration(proxyBeanMethods = false)
class DatabaseErrors {

  private static final String LOCK_NOT_AVAILABLE = "55P03";

  /**
   * A lock that was not there in time ({@code lock_timeout}) is one that can be asked for again.
   */
  @Bean
  SQLExceptionTranslator sqlExceptionTranslator() {
    SQLExceptionSubclassTranslator translator = new SQLExceptionSubclassTranslator();
    translator.setCustomTranslator(
        (task, sql, e) ->
            LOCK_NOT_AVAILABLE.equals(e.getSQLState())
                ? new CannotAcquireLockException(
                    "Others held what %s needs, longer than it may wait.".formatted(task), e)
                : null);
    return translator;
  }
}
