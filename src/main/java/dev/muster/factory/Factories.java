package dev.muster.factory;

import dev.muster.bundle.AgeRecipient;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** The factories there are. */
@Component
public class Factories {

  private final JdbcClient jdbc;

  Factories(JdbcClient jdbc) {
    this.jdbc = jdbc;
  }

  /**
   * Adds a factory.
   *
   * @return false when there is one with this id; it is left as it is
   */
  public boolean add(Factory factory) {
    return jdbc.sql(
                """
                INSERT INTO factory (id, recipients, hub, signing_key, any_device)
                VALUES (:id, :recipients, :hub, :signingKey, :anyDevice)
                ON CONFLICT DO NOTHING\
                """)
            .param("id", factory.id())
            .param(
                "recipients",
                factory.recipients().stream().map(AgeRecipient::publicKey).toArray(String[]::new))
            .param("hub", factory.hub())
            .param("anyDevice", factory.anyDevice())
            .param(
                "signingKey", factory.signingKey() == null ? null : factory.signingKey().base64())
            .update()
        == 1;
  }

  public Optional<Factory> find(String id) {
    return jdbc.sql("SELECT id, recipients, hub, signing_key, any_device FROM factory WHERE id = ?")
        .param(id)
        .query(Factories::factory)
        .optional();
  }

  public List<Factory> all() {
    return jdbc.sql("SELECT id, recipients, hub, signing_key, any_device FROM factory ORDER BY id")
        .query(Factories::factory)
        .list();
  }

  /** Removes a factory; what it provisioned stays. Returns whether there was one. */
  public boolean remove(String id) {
    return jdbc.sql("DELETE FROM factory WHERE id = ?").param(id).update() == 1;
  }

  private static Factory factory(ResultSet row, int number) throws SQLException {
    String signingKey = row.getString("signing_key");
    String[] recipients = (String[]) row.getArray("recipients").getArray();
    return new Factory(
        row.getString("id"),
        Arrays.stream(recipients).map(AgeRecipient::new).toList(),
        row.getString("hub"),
        signingKey == null ? null : new SigningKey(signingKey),
        row.getBoolean("any_device"));
  }
}
