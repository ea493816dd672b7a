package dev.muster.credential;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.muster.MusterTest;
import dev.muster.home.NotConfiguredException;
import java.time.Instant;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.transaction.support.TransactionOperations;

@MusterTest
class SigningKeysTests {

  @Autowired private SigningKeys keys;
  @Autowired private TransactionOperations transaction;
  @Autowired private JdbcTemplate jdbc;

  /** Operators know names; the number is the database's. */
  @Test
  void aHubThatIsNotConfiguredAnyMoreIsCalledByItsName() {
    transaction.executeWithoutResult(
        nothingStays -> {
          nothingStays.setRollbackOnly();
          short east =
              Objects.requireNonNull(
                  jdbc.queryForObject(
                      "INSERT INTO hub (name) VALUES ('east') RETURNING hub_id", Short.class));

          assertThatThrownBy(() -> keys.issuers(0, Instant.EPOCH).of(east))
              .isInstanceOf(NotConfiguredException.class)
              .hasMessage(
                  "Devices are assigned to hub 'east', which is not configured any more. Configure"
                      + " it again under muster.hubs and restart this execution.");
        });
  }
}
