package dev.muster.registry;

import dev.muster.manifest.ReceivedManifest;
import dev.muster.manifest.Updates;
import java.sql.Array;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Propagation;
import org.springframework.transaction.annotation.Transactional;

/** The manifests that have come, and what the registry took of each. */
@Component
public class Manifests {

  private final JdbcClient jdbc;

  Manifests(JdbcClient jdbc) {
    this.jdbc = jdbc;
  }

  /**
   * Registers a manifest that was received whole.
   *
   * @return its number
   * @throws org.springframework.dao.DuplicateKeyException when the same content of the same factory
   *     is there
   */
  public int add(
      String factory,
      String name,
      ReceivedManifest received,
      Updates updates,
      Instant at,
      Instant tokensExpireAt) {
    return jdbc.sql(
            """
            INSERT INTO manifest (factory, sha256, name, columns, rows, blank_rows, warnings, updates, received_at,
                                  tokens_expire_at)
            VALUES (:factory, :sha256, :name, :columns, :rows, :blankRows, :warnings, :updates, :receivedAt,
                    :tokensExpireAt)
            RETURNING manifest_id\
            """)
        .param("factory", factory)
        .param("sha256", received.sha256())
        .param("name", name)
        .param("columns", received.header().columns().toArray(String[]::new))
        .param("rows", received.rows())
        .param("blankRows", received.blankRows())
        .param("warnings", received.warnings().toArray(String[]::new))
        .param("updates", updates.name())
        .param("receivedAt", utc(at))
        .param("tokensExpireAt", utc(tokensExpireAt))
        .query(Integer.class)
        .single();
  }

  /** Adds warnings on what was taken, and looks like a mistake. */
  public void warn(int manifestId, List<String> warnings) {
    if (!warnings.isEmpty()) {
      jdbc.sql("UPDATE manifest SET warnings = warnings || :warnings WHERE manifest_id = :id")
          .param("warnings", warnings.toArray(String[]::new))
          .param("id", manifestId)
          .update();
    }
  }

  public Manifest get(int manifestId) {
    return jdbc.sql("SELECT * FROM manifest WHERE manifest_id = ?")
        .param(manifestId)
        .query(Manifests::manifest)
        .single();
  }

  /**
   * How many devices a factory has brought. A manifest that is under way counts with all its rows:
   * so many it may bring.
   *
   * @param today since the day began
   */
  public record Brought(long inAll, long today) {}

  /** That, by what the manifests' receipts say. */
  public Brought brought(String factory, Instant dayBegan) {
    return jdbc.sql(
            """
            SELECT coalesce(sum(coalesce(accepted, rows)), 0) AS in_all,
                   coalesce(sum(coalesce(accepted, rows)) FILTER (WHERE received_at >= :dayBegan), 0) AS today
              FROM manifest WHERE factory = :factory AND withdrawn_at IS NULL\
            """)
        .param("factory", factory)
        .param("dayBegan", utc(dayBegan))
        .query((row, number) -> new Brought(row.getLong("in_all"), row.getLong("today")))
        .single();
  }

  /** Whether any manifest of the factory is neither delivered nor withdrawn. */
  public boolean underWay(String factory) {
    return jdbc.sql(
            """
            SELECT EXISTS (SELECT FROM manifest
                            WHERE factory = ? AND delivered_at IS NULL AND withdrawn_at IS NULL)\
            """)
        .param(factory)
        .query(Boolean.class)
        .single();
  }

  /** The manifest of this content that stands, withdrawn ones aside. */
  public Optional<Manifest> find(String factory, String sha256) {
    return jdbc.sql(
            """
            SELECT * FROM manifest
             WHERE factory = ? AND sha256 = ? AND withdrawn_at IS NULL\
            """)
        .params(factory, sha256)
        .query(Manifests::manifest)
        .optional();
  }

  /** The manifest that this content was last, also when it was withdrawn since. */
  public Optional<Manifest> ofContent(String sha256, @Nullable String factory) {
    return jdbc.sql(
            """
            SELECT * FROM manifest
             WHERE sha256 = :sha256 AND (:factory::text IS NULL OR factory = :factory::text)
             ORDER BY manifest_id DESC LIMIT 1\
            """)
        .param("sha256", sha256)
        .param("factory", factory)
        .query(Manifests::manifest)
        .optional();
  }

  /** The manifest that this content was when it came for the {@code round + 1}th time. */
  public Optional<Manifest> find(String factory, String sha256, long round) {
    return jdbc.sql(
            """
            SELECT * FROM manifest
             WHERE factory = ? AND sha256 = ? ORDER BY manifest_id LIMIT 1 OFFSET ?
            """)
        .params(factory, sha256, round)
        .query(Manifests::manifest)
        .optional();
  }

  /** How often this content came and was withdrawn again. */
  public long timesWithdrawn(String factory, String sha256) {
    return jdbc.sql(
            """
            SELECT count(*) FROM manifest
             WHERE factory = ? AND sha256 = ? AND withdrawn_at IS NOT NULL\
            """)
        .params(factory, sha256)
        .query(Long.class)
        .single();
  }

  /** How many of the manifest's devices are in the registry, hub by hub. */
  public Map<String, Long> devicesByHub(int manifestId) {
    return counts(
        """
        SELECT h.name, sum(c.devices)
          FROM loaded_lines c JOIN hub h USING (hub_id)
         WHERE c.manifest_id = ? GROUP BY h.name HAVING sum(c.devices) > 0
        """,
        manifestId);
  }

  /** How many rows were in the registry already, from the same factory and with the same values. */
  public long unchanged(int manifestId) {
    return jdbc.sql("SELECT coalesce(sum(unchanged), 0) FROM loaded_lines WHERE manifest_id = ?")
        .param(manifestId)
        .query(Long.class)
        .single();
  }

  /** How many rows were refused, code by code. */
  public Map<String, Long> rejectsByCode(int manifestId) {
    return counts(
        "SELECT code, count(*) FROM reject WHERE manifest_id = ? GROUP BY code", manifestId);
  }

  /**
   * Where to cut the manifest, between chunks, so that each part has about so many devices.
   *
   * @return the last line of each part, ascending; the last part is open-ended
   */
  public List<Long> cutLines(int manifestId, long devicesPerPart) {
    return jdbc.sql(
            """
            SELECT max(line) FROM (
                SELECT (greatest(sum(n) OVER (ORDER BY line), 1) - 1)::bigint / :size AS part, line FROM (
                    SELECT last_line AS line, sum(devices) AS n
                      FROM loaded_lines WHERE manifest_id = :manifest GROUP BY 1) AS chunk) AS cut
             GROUP BY part ORDER BY part\
            """)
        .param("manifest", manifestId)
        .param("size", devicesPerPart)
        .query(Long.class)
        .list();
  }

  /**
   * How many devices of a manifest that is not delivered may be without a token in its bundle, at
   * most: they are out of service, or were, and are back since, or got a token of their own then.
   */
  public long mostWithoutToken(int manifestId) {
    return jdbc.sql(
            """
            SELECT count(*) FROM device_status s JOIN device d USING (device_id)
             WHERE d.manifest_id = ?\
            """)
        .param(manifestId)
        .query(Long.class)
        .single();
  }

  /**
   * Says in each reject for a GUID that is twice in the manifest where it stands first. In a
   * transaction of its own, so that it is said also when the step that asks for it fails; said
   * twice it is the same.
   */
  @Transactional(propagation = Propagation.REQUIRES_NEW)
  public void nameFirstLines(int manifestId) {
    jdbc.sql(
            """
            UPDATE reject r
               SET message = format('This device_id is already on line %s of this manifest; the first one counts.', d.line)
              FROM device d
             WHERE r.manifest_id = ? AND r.code = 'DUPLICATE_IN_MANIFEST' AND d.device_id = r.device_id::uuid\
            """)
        .param(manifestId)
        .update();
  }

  /** The manifest that a bundle is for. */
  public Manifest ofBundle(int bundle) {
    return jdbc.sql("SELECT * FROM manifest WHERE bundle_id = ?")
        .param(bundle)
        .query(Manifests::manifest)
        .single();
  }

  /** Fixes which bundle is for it, and as of which change of keys its tokens are signed. */
  public void begun(int manifestId, int bundle, int keysAt) {
    jdbc.sql("UPDATE manifest SET bundle_id = ?, keys_at = ? WHERE manifest_id = ?")
        .params(bundle, keysAt, manifestId)
        .update();
  }

  /** Marks the manifest of a bundle delivered: from here on its devices are PROVISIONED. */
  public void delivered(
      int bundle, Instant at, Instant tokensExpireAt, String outbox, String receipt) {
    int changed =
        jdbc.sql(
                """
                UPDATE manifest
                   SET delivered_at = :at, tokens_expire_at = :tokensExpireAt, outbox = :outbox, receipt = :receipt::json
                 WHERE bundle_id = :bundle AND delivered_at IS NULL AND withdrawn_at IS NULL\
                """)
            .param("bundle", bundle)
            .param("at", utc(at))
            .param("tokensExpireAt", utc(tokensExpireAt))
            .param("outbox", outbox)
            .param("receipt", receipt)
            .update();
    if (changed != 1) {
      throw new IllegalStateException(
          "The manifest of bundle %d is withdrawn or delivered already; nothing was changed."
              .formatted(bundle));
    }
  }

  /**
   * Takes the manifest back: its devices leave the registry as if it had never been sent, but for
   * those that were changed one by one since, which stay.
   *
   * @return how many devices left
   * @throws IllegalStateException when its bundle was delivered: somebody may hold its tokens
   */
  @Transactional
  public long withdraw(int manifestId, Instant at) {
    int changed =
        jdbc.sql(
                """
                UPDATE manifest SET withdrawn_at = :at
                 WHERE manifest_id = :manifest AND delivered_at IS NULL AND withdrawn_at IS NULL\
                """)
            .param("manifest", manifestId)
            .param("at", utc(at))
            .update();
    if (changed != 1) {
      throw new IllegalStateException(
          "Manifest %d can't be withdrawn: %s."
              .formatted(
                  manifestId,
                  get(manifestId).delivered()
                      ? "its tokens were delivered; revoke its devices instead"
                      : "it was withdrawn before"));
    }
    jdbc.sql("DELETE FROM loaded_lines WHERE manifest_id = ?").param(manifestId).update();
    jdbc.sql("DELETE FROM device_update WHERE manifest_id = ?").param(manifestId).update();
    hold(manifestId);
    return jdbc.sql(
            """
            DELETE FROM device d
             WHERE manifest_id = ?
               AND NOT EXISTS (SELECT FROM device_status s WHERE s.device_id = d.device_id)\
            """)
        .param(manifestId)
        .update();
  }

  /** Waits for whoever gives one of its devices a token; the next statement sees that one. */
  private void hold(int manifestId) {
    long unused =
        jdbc.sql(
                """
                SELECT count(*) FROM (SELECT device_id FROM device WHERE manifest_id = ?
                                       ORDER BY device_id FOR UPDATE) AS held\
                """)
            .param(manifestId)
            .query(Long.class)
            .single();
  }

  private Map<String, Long> counts(String sql, int manifestId) {
    Map<String, Long> counts = new TreeMap<>();
    jdbc.sql(sql)
        .param(manifestId)
        .query(
            row -> {
              counts.put(row.getString(1), row.getLong(2));
            });
    return counts;
  }

  private static Manifest manifest(ResultSet row, int number) throws SQLException {
    Array columns = row.getArray("columns");
    return new Manifest(
        row.getInt("manifest_id"),
        row.getString("factory"),
        row.getString("sha256"),
        row.getString("name"),
        List.of((String[]) columns.getArray()),
        row.getLong("rows"),
        row.getLong("blank_rows"),
        List.of((String[]) row.getArray("warnings").getArray()),
        row.getTimestamp("received_at").toInstant(),
        row.getTimestamp("tokens_expire_at").toInstant(),
        row.getObject("keys_at", Integer.class),
        row.getObject("bundle_id", Integer.class),
        instant(row.getTimestamp("delivered_at")),
        row.getString("outbox"),
        row.getString("receipt"),
        instant(row.getTimestamp("withdrawn_at")),
        Updates.valueOf(row.getString("updates")));
  }

  private static @Nullable Instant instant(@Nullable Timestamp timestamp) {
    return timestamp == null ? null : timestamp.toInstant();
  }

  private static OffsetDateTime utc(Instant instant) {
    return instant.atOffset(ZoneOffset.UTC);
  }
}
