package dev.muster.registry;

import java.util.List;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** The finished parts of bundles. */
@Component
public class BundleParts {

  /**
   * One finished part: an encrypted file.
   *
   * @param name in the bundle
   * @param staged its name until the bundle is published
   */
  public record Part(
      int part, String name, String staged, String sha256, long bytes, long devices) {}

  private final JdbcClient jdbc;

  BundleParts(JdbcClient jdbc) {
    this.jdbc = jdbc;
  }

  /** Remembers a finished part, in the place of an earlier one of the same number. */
  public void save(int manifestId, Part part) {
    jdbc.sql(
            """
            INSERT INTO bundle_part (manifest_id, part, name, staged, sha256, bytes, devices)
            VALUES (?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (manifest_id, part) DO UPDATE
               SET (name, staged, sha256, bytes, devices)
                 = (excluded.name, excluded.staged, excluded.sha256, excluded.bytes, excluded.devices)\
            """)
        .params(
            manifestId,
            part.part(),
            part.name(),
            part.staged(),
            part.sha256(),
            part.bytes(),
            part.devices())
        .update();
  }

  /** A manifest's parts in their order. */
  public List<Part> of(int manifestId) {
    return jdbc.sql(
            """
            SELECT part, name, coalesce(staged, name) AS staged, sha256, bytes, devices
              FROM bundle_part WHERE manifest_id = ? ORDER BY part\
            """)
        .param(manifestId)
        .query(Part.class)
        .list();
  }
}
