package dev.muster.registry;

import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** The short numbers by which device rows name their hub. A hub keeps its number for good. */
@Component
public class HubNumbers {

  private final JdbcClient jdbc;

  HubNumbers(JdbcClient jdbc) {
    this.jdbc = jdbc;
  }

  /**
   * Gives each hub a number that has none yet, and returns the numbers of all hubs ever used, by
   * name.
   */
  public Map<String, Short> assign(Collection<String> hubs) {
    Map<String, Short> known = all();
    for (String hub : hubs) {
      if (!known.containsKey(hub)) {
        jdbc.sql("INSERT INTO hub (name) VALUES (?) ON CONFLICT DO NOTHING").param(hub).update();
      }
    }
    return known.keySet().containsAll(hubs) ? known : all();
  }

  private Map<String, Short> all() {
    Map<String, Short> numbers = new HashMap<>();
    jdbc.sql("SELECT name, hub_id FROM hub")
        .query(
            row -> {
              numbers.put(row.getString(1), row.getShort(2));
            });
    return numbers;
  }
}
