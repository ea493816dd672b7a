package dev.muster.renewal;

import dev.muster.access.Callers;
import dev.muster.credential.HubNumbers;
import dev.muster.credential.sas.Placement;
import dev.muster.credential.sas.Places;
import dev.muster.delivery.BundleConfirmed;
import dev.muster.delivery.Confirmations;
import dev.muster.factory.Factories;
import dev.muster.registry.DeviceRange;
import dev.muster.registry.DeviceValues;
import dev.muster.run.OperationRefusedException;
import dev.muster.status.FormerHubs;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.springframework.context.event.EventListener;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Propagation;
import org.springframework.transaction.annotation.Transactional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Moves devices from hub to hub: away from one that is drained, or to those that they belong to by
 * the weights. Each is given its token for the new hub first; then it is assigned to it; and once
 * its factory has confirmed, it is shut out at the old one.
 */
@Component
public class Reassignments {

  private static final int ROWS_AT_ONCE = 10_000;
  private static final JsonMapper JSON = new JsonMapper();

  private final JdbcTemplate jdbcTemplate;
  private final JdbcClient jdbc;
  private final Factories factories;
  private final Placement placement;
  private final HubNumbers hubNumbers;
  private final FormerHubs formerHubs;
  private final Confirmations confirmations;

  Reassignments(
      JdbcTemplate jdbcTemplate,
      Factories factories,
      Placement placement,
      HubNumbers hubNumbers,
      FormerHubs formerHubs,
      Confirmations confirmations) {
    this.jdbcTemplate = jdbcTemplate;
    this.jdbc = JdbcClient.create(jdbcTemplate);
    this.factories = factories;
    this.placement = placement;
    this.hubNumbers = hubNumbers;
    this.formerHubs = formerHubs;
    this.confirmations = confirmations;
  }

  /** For which devices a move is due, factory by factory. */
  @Transactional(readOnly = true)
  public List<DueDevices> due(
      @Nullable Short drained,
      @Nullable UUID choice,
      @Nullable Short to,
      @Nullable String factory) {
    record Counts(
        String factory,
        long serving,
        long withoutBundle,
        long underWay,
        long disabled,
        long revoked) {}
    return jdbc
        .sql(
            """
            SELECT m.factory,
                   count(*) FILTER (WHERE s.state IS NULL AND r.device_id IS NULL
                                      AND m.delivered_at IS NOT NULL)                  AS serving,
                   count(*) FILTER (WHERE s.state IS NULL AND m.delivered_at IS NULL)  AS without_bundle,
                   count(*) FILTER (WHERE s.state IS NULL AND r.device_id IS NOT NULL) AS under_way,
                   count(*) FILTER (WHERE s.state = 'DISABLED' AND :named) AS disabled,
                   count(*) FILTER (WHERE s.state IN ('REVOKED', 'RETIRED') AND :named) AS revoked
              FROM manifest m
              JOIN device d USING (manifest_id)
              LEFT JOIN device_status s USING (device_id)
              LEFT JOIN renewal_device r USING (device_id)
             WHERE (m.delivered_at IS NOT NULL OR s.token_expires_at > 'epoch')
               AND (m.factory = :factory OR :factory::text IS NULL)
               AND (d.hub_id = :drained OR :drained::smallint IS NULL)
            """
                + (choice == null ? "" : Renewals.CHOSEN)
                + " GROUP BY m.factory ORDER BY m.factory")
        .param("named", drained != null || choice != null)
        .param("choice", choice)
        .param("factory", factory)
        .param("drained", drained)
        .query(Counts.class)
        .list()
        .stream()
        .map(
            counts -> {
              Map<String, Long> byHub = counted(counts.factory(), drained, choice, to, true);
              long ready = sum(byHub);
              long withoutBundle =
                  drained != null || counts.withoutBundle() == 0
                      ? counts.withoutBundle()
                      : sum(counted(counts.factory(), null, choice, to, false));
              return new DueDevices(
                  counts.factory(),
                  ready,
                  counts.underWay(),
                  counts.disabled(),
                  counts.revoked(),
                  drained == null ? 0 : counts.serving() - ready,
                  withoutBundle,
                  byHub);
            })
        .filter(DueDevices::any)
        .toList();
  }

  /** How many of a factory's devices would move, by the hub that they go to. */
  private Map<String, Long> counted(
      String factory,
      @Nullable Short drained,
      @Nullable UUID choice,
      @Nullable Short to,
      boolean delivered) {
    Map<Short, long[]> byNumber = new HashMap<>();
    moves(
        factory,
        drained,
        choice,
        to,
        delivered,
        (high, low, hub) -> byNumber.computeIfAbsent(hub, none -> new long[1])[0]++);
    Map<String, Long> byHub = new TreeMap<>();
    byNumber.forEach((hub, count) -> byHub.put(hubNumbers.name(hub), count[0]));
    return byHub;
  }

  private static long sum(Map<String, Long> byHub) {
    return byHub.values().stream().mapToLong(Long::longValue).sum();
  }

  /** As {@link Renewals#select}; each device with its new hub. */
  @Transactional(propagation = Propagation.MANDATORY)
  public long select(Renewal renewal, int partDevices) {
    DeviceRange moves = new DeviceRange();
    moves(renewal.factory(), renewal.hubId(), renewal.choice(), renewal.toHub(), true, moves::add);
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
   * Writes down that devices have the tokens of the moves that were delivered so far, and closes
   * the hubs that they have left.
   *
   * @param factory one factory's only; null: all
   * @return how many devices are shut out where they were
   */
  @Transactional
  int confirm(@Nullable String factory, Instant at) {
    List<Integer> unconfirmed =
        jdbc.sql(
                """
                SELECT r.bundle_id FROM renewal r
                 WHERE r.delivered_at IS NOT NULL AND (r.factory = :factory OR :factory::text IS NULL)
                   AND EXISTS (SELECT FROM former_hub f WHERE f.renewal_id = r.renewal_id AND f.closed_at IS NULL)\
                """)
            .param("factory", factory)
            .query(Integer.class)
            .list();
    int closed = formerHubs.confirm(factory, at);
    unconfirmed.forEach(bundle -> confirmations.confirm(bundle, Callers.current().name(), at));
    return closed;
  }

  /** Whoever confirms a bundle, and wherever: the hubs that its devices have left are closed. */
  @EventListener
  void confirmed(BundleConfirmed confirmed) {
    jdbc.sql("SELECT renewal_id FROM renewal WHERE bundle_id = ? AND purpose = 'REASSIGN'")
        .param(confirmed.bundle())
        .query(Integer.class)
        .optional()
        .ifPresent(move -> formerHubs.confirm(move, confirmed.at()));
  }

  private interface Move {
    void of(long guidHigh, long guidLow, short to);
  }

  /**
   * The devices that are to move, in the order of their GUIDs, with their new hubs. What is in
   * quarantine stays there, unless it is to leave that hub, or was chosen.
   *
   * @param sent the hub that chosen ones are sent to; null: where the weights and the rules want
   *     them
   * @param delivered whether those of delivered manifests; false: others that have a token of their
   *     own, which no bundle can move
   */
  private void moves(
      String factory,
      @Nullable Short drained,
      @Nullable UUID choice,
      @Nullable Short sent,
      boolean delivered,
      Move each) {
    Places places = places(factory, drained);
    Short apart = choice == null ? placement.quarantine() : null;
    jdbc.sql(
            """
            SELECT d.device_id, d.hub_id, %s AS said
              FROM manifest m
              JOIN device d USING (manifest_id)
              LEFT JOIN device_status s USING (device_id)
              LEFT JOIN renewal_device r USING (device_id)
             WHERE (m.delivered_at IS NOT NULL) = :delivered AND (:delivered OR s.token_expires_at > 'epoch')
               AND m.factory = :factory AND s.state IS NULL AND r.device_id IS NULL
               AND (d.hub_id = :drained OR :drained::smallint IS NULL
                    AND d.hub_id <> coalesce(:apart::smallint, -1))
            """
                    .formatted(places.byValues() ? DeviceValues.VALUES : "NULL")
                + (choice == null ? "" : Renewals.CHOSEN)
                + " ORDER BY d.device_id")
        .withFetchSize(ROWS_AT_ONCE)
        .param("delivered", delivered)
        .param("factory", factory)
        .param("drained", drained)
        .param("apart", apart)
        .param("choice", choice)
        .query(
            row -> {
              UUID device = Objects.requireNonNull(row.getObject(1, UUID.class));
              long high = device.getMostSignificantBits();
              long low = device.getLeastSignificantBits();
              String said = row.getString(3);
              JsonNode values = said == null ? null : JSON.readTree(said);
              short to =
                  sent != null
                      ? sent
                      : places.hubOf(
                          high,
                          low,
                          column -> values == null ? null : values.path(column).stringValue(null));
              if (to != row.getShort(2) && to != Places.NONE) {
                each.of(high, low, to);
              }
            });
  }

  /**
   * The number of the hub that is set apart, of which any factory's devices may be sent there.
   *
   * @throws OperationRefusedException when it is another
   */
  short apart(String hub) {
    String quarantine = placement.quarantineName();
    if (!hub.equals(quarantine)) {
      throw new OperationRefusedException(
          quarantine == null
              ? "Devices are sent by hand to the hub that is set apart for it only, and there is"
                  + " none: muster.placement.quarantine names it. Anywhere else the next"
                  + " rebalancing would fetch them back."
              : "Devices are sent by hand to hub %s only, which is set apart for it. From any other the next rebalancing would fetch them back; leave the hub out, and they go where the weights and the rules want them."
                  .formatted(quarantine));
    }
    return Objects.requireNonNull(placement.quarantine());
  }

  /** Where a factory's devices may be; none when it is bound to the hub that they are to leave. */
  private Places places(String factory, @Nullable Short drained) {
    return placement.within(
        factories.hubs(factory), drained == null ? null : hubNumbers.name(drained));
  }
}
