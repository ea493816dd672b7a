package dev.muster.registry;

import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** Which of a hub's two keys tokens are signed with. */
@Component
public class KeysInUse {

  private final JdbcClient jdbc;

  KeysInUse(JdbcClient jdbc) {
    this.jdbc = jdbc;
  }

  /** The key in use of the hub of this name; the primary one of a hub without devices. */
  public KeyInUse of(String hub) {
    return jdbc.sql("SELECT key_in_use FROM hub WHERE name = ?")
        .param(hub)
        .query(String.class)
        .optional()
        .map(KeyInUse::valueOf)
        .orElse(KeyInUse.PRIMARY);
  }
}
