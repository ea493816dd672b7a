package dev.muster.registry;

import dev.muster.manifest.Accepted;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** Looks devices up. */
@Component
public class RegisteredDevices {

  /** Where a device stands, and where it came from. */
  public record Whereabouts(
      UUID deviceId,
      DeviceState state,
      int manifestId,
      String manifest,
      String sha256,
      String factory,
      long line) {}

  private final JdbcClient jdbc;

  RegisteredDevices(JdbcClient jdbc) {
    this.jdbc = jdbc;
  }

  /** Those of the devices that are in the registry, by their GUID. */
  public Map<UUID, Whereabouts> find(List<Accepted> devices) {
    Map<UUID, Whereabouts> found = new HashMap<>();
    jdbc.sql(
            """
            SELECT r.device_id, r.state, r.manifest_id, r.manifest, m.sha256, r.factory, r.line
              FROM registry r JOIN manifest m USING (manifest_id)
             WHERE device_id = ANY (?)\
            """)
        .param(devices.stream().map(Accepted::deviceId).toArray(UUID[]::new))
        .query(
            row -> {
              UUID deviceId = row.getObject(1, UUID.class);
              found.put(
                  deviceId,
                  new Whereabouts(
                      deviceId,
                      DeviceState.valueOf(row.getString(2)),
                      row.getInt(3),
                      row.getString(4),
                      row.getString(5),
                      row.getString(6),
                      row.getLong(7)));
            });
    return found;
  }
}
