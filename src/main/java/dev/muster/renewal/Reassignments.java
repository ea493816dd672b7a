package dev.muster.renewal;

import dev.muster.credential.HubAssignment;
import dev.muster.credential.HubNumbers;
import dev.muster.credential.SigningKeys;
import dev.muster.credential.sas.Hub;
import dev.muster.credential.sas.Hubs;
import dev.muster.factory.Factories;
import dev.muster.factory.Factory;
import dev.muster.registry.DeviceRange;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Propagation;
import org.springframework.transaction.annotation.Transactional;

/**
 * Moves devices from hub to hub: away from one that is drained, or to those that they belong to by
 * the weights. Each is given its token for the new hub first; then it is assigned to it; and once
 * its factory has confirmed, it is shut out at the old one.
 */
@Component
public class Reassignments {

  private static final int ROWS_AT_ONCE = 10_000;

  private final JdbcTemplate streaming;
  private final JdbcTemplate jdbcTemplate;
  private final JdbcClient jdbc;
  private final Factories factories;
  private final Hubs hubs;
  private final HubNumbers hubNumbers;
  private final SigningKeys signingKeys;

  Reassignments(
      JdbcTemplate jdbcTemplate,
      Factories factories,
      Hubs hubs,
      HubNumbers hubNumbers,
      SigningKeys signingKeys) {
    this.streaming = new JdbcTemplate(Objects.requireNonNull(jdbcTemplate.getDataSource()));
    this.streaming.setFetchSize(ROWS_AT_ONCE);
    this.jdbcTemplate = jdbcTemplate;
    this.jdbc = JdbcClient.create(jdbcTemplate);
    this.factories = factories;
    this.hubs = hubs;
    this.hubNumbers = hubNumbers;
    this.signingKeys = signingKeys;
  }

  /**
   * Devices of a factory that were at a hub, and whose token for it may still work there.
   *
   * @param unconfirmed how many are not confirmed to have the token for their new hub
   * @param closing how many are confirmed, and their old hub has not been told yet
   */
  public record Left(String hub, String factory, long unconfirmed, long closing) {}

  /** What was left and is not closed, by hub and factory. */
  public List<Left> left() {
    return jdbc.sql(
            """
            SELECT h.name AS hub, m.factory,
                   count(*) FILTER (WHERE f.closed_at IS NULL)     AS unconfirmed,
                   count(*) FILTER (WHERE f.closed_at IS NOT NULL) AS closing
              FROM former_hub f
              JOIN hub h USING (hub_id)
              JOIN device d USING (device_id)
              JOIN manifest m USING (manifest_id)
             WHERE f.closed_at IS NULL OR f.hub_due_at IS NOT NULL
             GROUP BY 1, 2 ORDER BY 1, 2\
            """)
        .query(Left.class)
        .list();
  }

  /**
   * Closes the hubs that devices have left: they have their new tokens, so each is to be shut out
   * where it was.
   *
   * @param factory one factory's devices only; null: all
   * @return how many
   */
  @Transactional
  public int confirm(@Nullable String factory, Instant at) {
    int unused = signingKeys.hold(); // no device's status changes meanwhile
    return jdbc.sql(
            """
            UPDATE former_hub f
               SET closed_at = :at, hub_due_at = :at, hub_attempts = 0, hub_problem = NULL
              FROM device d JOIN manifest m USING (manifest_id)
             WHERE f.closed_at IS NULL AND d.device_id = f.device_id
               AND (m.factory = :factory OR :factory::text IS NULL)\
            """)
        .param("at", at.atOffset(ZoneOffset.UTC))
        .param("factory", factory)
        .update();
  }

  /** For which devices a move is due, factory by factory. */
  @Transactional(readOnly = true)
  public List<DueDevices> due(@Nullable Short drained, @Nullable String factory) {
    record Counts(String factory, long serving, long underWay, long disabled, long revoked) {}
    return jdbc
        .sql(
            """
            SELECT m.factory,
                   count(*) FILTER (WHERE s.state IS NULL AND r.device_id IS NULL)     AS serving,
                   count(*) FILTER (WHERE s.state IS NULL AND r.device_id IS NOT NULL) AS under_way,
                   count(*) FILTER (WHERE s.state = 'DISABLED' AND :drained::smallint IS NOT NULL) AS disabled,
                   count(*) FILTER (WHERE s.state = 'REVOKED' AND :drained::smallint IS NOT NULL)  AS revoked
              FROM manifest m
              JOIN device d USING (manifest_id)
              LEFT JOIN device_status s USING (device_id)
              LEFT JOIN renewal_device r USING (device_id)
             WHERE m.delivered_at IS NOT NULL AND (m.factory = :factory OR :factory::text IS NULL)
               AND (d.hub_id = :drained OR :drained::smallint IS NULL)
             GROUP BY m.factory ORDER BY m.factory\
            """)
        .param("factory", factory)
        .param("drained", drained)
        .query(Counts.class)
        .list()
        .stream()
        .map(
            counts -> {
              boolean bound = candidates(counts.factory(), drained).isEmpty();
              return new DueDevices(
                  counts.factory(),
                  bound ? 0 : moves(counts.factory(), drained).size(),
                  counts.underWay(),
                  counts.disabled(),
                  counts.revoked(),
                  bound ? counts.serving() : 0);
            })
        .filter(
            due -> due.ready() + due.underWay() + due.disabled() + due.revoked() + due.bound() > 0)
        .toList();
  }

  /** As {@link Renewals#select}; each device with its new hub. */
  @Transactional(propagation = Propagation.MANDATORY)
  public long select(Renewal renewal, int partDevices) {
    DeviceRange moves = moves(renewal.factory(), renewal.hubId());
    jdbcTemplate.batchUpdate(
        """
        INSERT INTO renewal_device (device_id, renewal_id, part, hub_id) VALUES (?, ?, ?, ?)
            ON CONFLICT DO NOTHING\
        """,
        IntStream.range(0, moves.size()).boxed().toList(),
        ROWS_AT_ONCE,
        (statement, place) -> {
          statement.setObject(1, new UUID(moves.guidHigh(place), moves.guidLow(place)));
          statement.setInt(2, renewal.id());
          statement.setInt(3, place / partDevices + 1);
          statement.setShort(4, moves.hub(place));
        });
    return jdbc.sql("SELECT count(*) FROM renewal_device WHERE renewal_id = ?")
        .param(renewal.id())
        .query(Long.class)
        .single();
  }

  /**
   * Remembers the hubs that the devices of a renewal leave, before anything of them is changed.
   * What such a hub is still to be told of a device, it is told there.
   */
  @Transactional(propagation = Propagation.MANDATORY)
  public void leave(Renewal renewal, Instant at) {
    jdbc.sql(
            """
            INSERT INTO former_hub (device_id, hub_id, left_at, token_expires_at, hub_due_at)
            SELECT d.device_id, d.hub_id, :at, coalesce(s.token_expires_at, m.tokens_expire_at),
                   CASE WHEN s.hub_due_at IS NOT NULL THEN :at::timestamptz END
              FROM renewal_device r
              JOIN device d USING (device_id)
              JOIN manifest m USING (manifest_id)
              LEFT JOIN device_status s USING (device_id)
             WHERE r.renewal_id = :renewal AND r.hub_id <> d.hub_id
               AND (coalesce(s.token_expires_at, m.tokens_expire_at) <> 'epoch' OR s.hub_due_at IS NOT NULL)
             ORDER BY d.device_id
                ON CONFLICT (device_id, hub_id) DO UPDATE
               SET (left_at, token_expires_at, closed_at, hub_due_at, hub_attempts, hub_problem)
                 = (excluded.left_at, excluded.token_expires_at, NULL, excluded.hub_due_at, 0, NULL)\
            """)
        .param("at", at.atOffset(ZoneOffset.UTC))
        .param("renewal", renewal.id())
        .update();
  }

  /**
   * Assigns the devices of a renewal to their new hubs. One that went out of service since its
   * token was made is to be shut out there, and one that comes back to a hub is to be restored
   * there.
   */
  @Transactional(propagation = Propagation.MANDATORY)
  public void arrive(Renewal renewal, Instant at) {
    jdbc.sql(
            """
            UPDATE device_status s
               SET changed_at = :at, hub_attempts = 0, hub_problem = NULL,
                   hub_due_at = CASE WHEN s.state IS NOT NULL
                                       OR EXISTS (SELECT FROM former_hub f
                                                   WHERE f.device_id = s.device_id AND f.hub_id = r.hub_id
                                                     AND (f.closed_at IS NOT NULL OR f.hub_due_at IS NOT NULL))
                                     THEN :at::timestamptz END
              FROM renewal_device r
             WHERE r.renewal_id = :renewal AND s.device_id = r.device_id
               AND (s.state IS NOT NULL OR s.hub_due_at IS NOT NULL
                    OR EXISTS (SELECT FROM former_hub f WHERE f.device_id = s.device_id AND f.hub_id = r.hub_id))\
            """)
        .param("at", at.atOffset(ZoneOffset.UTC))
        .param("renewal", renewal.id())
        .update();
    update(
        """
        DELETE FROM former_hub f USING renewal_device r
         WHERE r.renewal_id = ? AND f.device_id = r.device_id AND f.hub_id = r.hub_id\
        """,
        renewal);
    update(
        """
        WITH moved AS (
            SELECT l.manifest_id, l.first_line, max(l.last_line) AS last_line,
                   d.hub_id AS was, r.hub_id AS becomes, count(DISTINCT d.device_id) AS devices
              FROM renewal_device r
              JOIN device d USING (device_id)
              JOIN loaded_lines l
                ON l.manifest_id = d.manifest_id AND d.line BETWEEN l.first_line AND l.last_line
             WHERE r.renewal_id = ? AND r.hub_id <> d.hub_id
             GROUP BY 1, 2, 4, 5),
        change AS (
            SELECT manifest_id, first_line, last_line, was AS hub_id, -devices AS devices FROM moved
             UNION ALL
            SELECT manifest_id, first_line, last_line, becomes, devices FROM moved)
        INSERT INTO loaded_lines AS l (manifest_id, first_line, last_line, hub_id, devices)
        SELECT manifest_id, first_line, max(last_line), hub_id, sum(devices) FROM change GROUP BY 1, 2, 4
            ON CONFLICT (manifest_id, first_line, hub_id) DO UPDATE SET devices = l.devices + excluded.devices\
        """,
        renewal);
    update(
        """
        UPDATE device d SET hub_id = r.hub_id FROM renewal_device r
         WHERE r.renewal_id = ? AND d.device_id = r.device_id AND d.hub_id <> r.hub_id\
        """,
        renewal);
  }

  private void update(String sql, Renewal renewal) {
    jdbc.sql(sql).param(renewal.id()).update();
  }

  /** The devices that are to move, in the order of their GUIDs, with their new hubs. */
  private DeviceRange moves(String factory, @Nullable Short drained) {
    List<Hub> candidates = candidates(factory, drained);
    DeviceRange moves = new DeviceRange();
    if (candidates.isEmpty()) {
      return moves;
    }
    HubAssignment assignment = new HubAssignment(candidates);
    List<Short> numbers = hubNumbers.assign(candidates.stream().map(Hub::name).toList());
    streaming.query(
        """
        SELECT d.device_id, d.hub_id
          FROM manifest m
          JOIN device d USING (manifest_id)
          LEFT JOIN device_status s USING (device_id)
          LEFT JOIN renewal_device r USING (device_id)
         WHERE m.delivered_at IS NOT NULL AND m.factory = ? AND s.state IS NULL AND r.device_id IS NULL
           AND d.hub_id = coalesce(?::smallint, d.hub_id)
         ORDER BY d.device_id\
        """,
        row -> {
          UUID device = Objects.requireNonNull(row.getObject(1, UUID.class));
          long high = device.getMostSignificantBits();
          long low = device.getLeastSignificantBits();
          short to = numbers.get(assignment.indexOf(high, low));
          if (to != row.getShort(2)) {
            moves.add(high, low, to);
          }
        },
        factory,
        drained);
    return moves;
  }

  /** Where a factory's devices may be; none when it is bound to the hub that they are to leave. */
  private List<Hub> candidates(String factory, @Nullable Short drained) {
    Optional<String> bound = factories.find(factory).map(Factory::hub);
    List<Hub> allowed = bound.isPresent() ? List.of(hubs.byName(bound.get())) : hubs.accepting();
    return allowed.stream()
        .filter(hub -> drained == null || !hubNumbers.find(hub.name()).equals(Optional.of(drained)))
        .toList();
  }
}
