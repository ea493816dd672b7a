package dev.muster.credential;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** The short numbers by which device rows name their hub. A hub keeps its number for good. */
@Component
public class HubNumbers {

  private final JdbcClient jdbc;

  HubNumbers(JdbcClient jdbc) {
    this.jdbc = jdbc;
  }

  /** The numbers of these hubs, in their order; a hub that has none yet gets one. */
  public List<Short> assign(List<String> hubs) {
    Map<String, Short> known = all();
    for (String hub : hubs) {
      if (!known.containsKey(hub)) {
        jdbc.sql("INSERT INTO hub (name) VALUES (?) ON CONFLICT DO NOTHING").param(hub).update();
        known = all();
      }
    }
    return hubs.stream().map(known::get).map(Objects::requireNonNull).toList();
  }

  /** The number of a hub that has, or had, devices; also when it is not configured any more. */
  public Optional<Short> find(String hub) {
    return Optional.ofNullable(all().get(hub));
  }

  /** The hub of a number. */
  public String name(short number) {
    return jdbc.sql("SELECT name FROM hub WHERE hub_id = ?")
        .param(number)
        .query(String.class)
        .single();
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
