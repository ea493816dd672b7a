package dev.muster.delivery;

import dev.muster.access.Audited;
import dev.muster.access.Caller;
import dev.muster.access.Callers;
import dev.muster.access.Guarded;
import dev.muster.access.Permission;
import dev.muster.access.Requires;
import dev.muster.bundle.AgeRecipient;
import dev.muster.bundle.Bundle;
import dev.muster.bundle.BundleFile;
import dev.muster.bundle.BundleFiles;
import dev.muster.bundle.Bundles;
import dev.muster.bundle.Purpose;
import dev.muster.delivery.DeliveredBundle.Line;
import dev.muster.delivery.DeliveredBundle.State;
import dev.muster.store.Outbox;
import java.io.IOException;
import java.io.OutputStream;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/**
 * Bundles as their factories see them, whatever they are for: to be found, fetched, and confirmed.
 * A factory's account sees its own.
 */
@Guarded
@Component
public class DeliveredBundles {

  private static final String SELECT =
      """
      SELECT b.bundle_id, b.factory, b.purpose, b.name, d.devices, b.delivered_at AS published_at, b.tokens_expire_at,
             d.old_tokens_end, d.delivered_at, d.delivered_to, d.problem, d.fetched_at, d.confirmed_at, d.confirmed_by
        FROM delivery d JOIN bundle b USING (bundle_id)
       WHERE (:mine::text IS NULL OR b.factory = :mine::text)\
      """;

  /** What nobody has fetched or confirmed though that was said to be late. */
  static final String OVERDUE =
      """
      SELECT count(*) FROM delivery
       WHERE reminders > 0 AND delivered_at IS NOT NULL AND fetched_at IS NULL AND confirmed_at IS NULL
      """;

  private final JdbcClient jdbc;
  private final Bundles bundles;
  private final BundleFiles files;
  private final Outbox outbox;
  private final Confirmations confirmations;
  private final Clock clock;

  DeliveredBundles(
      JdbcClient jdbc,
      Bundles bundles,
      BundleFiles files,
      Outbox outbox,
      Confirmations confirmations,
      Clock clock) {
    this.jdbc = jdbc;
    this.bundles = bundles;
    this.files = files;
    this.outbox = outbox;
    this.confirmations = confirmations;
    this.clock = clock;
  }

  /**
   * Which bundles; null: any.
   *
   * @param since published then or later
   * @param unfetched only those that nobody has fetched or confirmed
   */
  public record Filter(
      @Nullable String factory,
      @Nullable Purpose purpose,
      @Nullable Instant since,
      boolean unfetched) {}

  /**
   * Bundles, newest first.
   *
   * @param before only those with a smaller number; null: from the newest
   */
  @Requires(Permission.MANIFEST_READ)
  public List<Line> page(Filter filter, @Nullable Integer before, int limit) {
    return jdbc.sql(
            SELECT
                + """

                   AND (:factory::text IS NULL OR b.factory = :factory::text)
                   AND (:purpose::text IS NULL OR b.purpose = :purpose::text)
                   AND (:since::timestamptz IS NULL OR b.delivered_at >= :since::timestamptz)
                   AND (NOT :unfetched OR d.delivered_at IS NOT NULL AND d.fetched_at IS NULL AND d.confirmed_at IS NULL)
                   AND b.bundle_id < :before
                 ORDER BY b.bundle_id DESC LIMIT :limit\
                """)
        .param("mine", Callers.factory(Permission.MANIFEST_READ))
        .param(
            "factory",
            filter.factory() == null || filter.factory().isBlank()
                ? null
                : filter.factory().strip())
        .param("purpose", filter.purpose() == null ? null : filter.purpose().name())
        .param("since", filter.since() == null ? null : filter.since().atOffset(ZoneOffset.UTC))
        .param("unfetched", filter.unfetched())
        .param("before", before == null ? Integer.MAX_VALUE : before)
        .param("limit", limit)
        .query((row, number) -> line(row))
        .list();
  }

  /** One bundle, with what is there of it. */
  @Requires(Permission.MANIFEST_READ)
  public Optional<DeliveredBundle> find(int id) {
    return line(id).map(this::detail);
  }

  /**
   * How many bundles nobody has fetched for longer than factories may take.
   *
   * @return of the caller's factory, or of all
   */
  @Requires(Permission.MANIFEST_READ)
  public long overdue() {
    return jdbc.sql(OVERDUE + " AND (:mine::text IS NULL OR factory = :mine::text)")
        .param("mine", Callers.factory(Permission.MANIFEST_READ))
        .query(Long.class)
        .single();
  }

  /**
   * Opens a file of a bundle. Its factory's account has fetched the bundle when it takes a part.
   *
   * @param taken whether it is taken away; not when somebody asks only what it is (HEAD)
   * @return empty when there is no such bundle, or it has no such file
   */
  @Requires(Permission.MANIFEST_READ)
  public Optional<BundleFiles.Download> open(int id, String name, boolean taken)
      throws IOException {
    Optional<Bundle> bundle = bundle(id);
    return bundle.isEmpty() ? Optional.empty() : files.open(bundle.get(), name, taken);
  }

  /**
   * Writes all files of a bundle as one archive (tar). Its factory's account has fetched it then.
   *
   * @throws IOException also when a file is taken away meanwhile; then the archive is cut off
   */
  @Requires(Permission.MANIFEST_READ)
  public void archive(int id, OutputStream to) throws IOException {
    files.archive(bundle(id).orElseThrow(), to);
  }

  /**
   * Says that devices have the tokens of a bundle. What waits for that goes on; said again, it
   * changes nothing.
   *
   * @return whether there is such a bundle
   */
  @Requires(value = Permission.BUNDLE_CONFIRM, audit = "bundle.confirm")
  public boolean confirm(@Audited("bundle") int id) {
    Optional<Bundle> bundle = bundles.find(id).filter(Bundle::delivered);
    if (bundle.isEmpty()
        || !Callers.current().sees(Permission.BUNDLE_CONFIRM, bundle.get().factory())) {
      return false;
    }
    confirmations.confirm(id, Callers.current().name(), clock.instant());
    return true;
  }

  private Optional<Bundle> bundle(int id) {
    return line(id).flatMap(line -> bundles.find(line.id()));
  }

  /** One bundle, without what is there of it. */
  @Requires(Permission.MANIFEST_READ)
  public Optional<Line> line(int id) {
    return jdbc.sql(SELECT + " AND b.bundle_id = :id")
        .param("mine", Callers.factory(Permission.MANIFEST_READ))
        .param("id", id)
        .query((row, number) -> line(row))
        .optional();
  }

  private DeliveredBundle detail(Line line) {
    Bundle bundle = bundles.find(line.id()).orElseThrow();
    List<BundleFile> there = files.of(bundle);
    return new DeliveredBundle(
        line, there, bundle.recipients().stream().map(AgeRecipient::publicKey).toList());
  }

  private Line line(ResultSet row) throws SQLException {
    Instant deliveredAt = instant(row.getTimestamp("delivered_at"));
    Instant fetchedAt = instant(row.getTimestamp("fetched_at"));
    Instant confirmedAt = instant(row.getTimestamp("confirmed_at"));
    State state =
        confirmedAt != null
            ? State.CONFIRMED
            : fetchedAt != null
                ? State.FETCHED
                : deliveredAt != null ? State.DELIVERED : State.ON_ITS_WAY;
    return new Line(
        row.getInt("bundle_id"),
        row.getString("factory"),
        Purpose.valueOf(row.getString("purpose")),
        row.getString("name"),
        state,
        row.getLong("devices"),
        row.getTimestamp("published_at").toInstant(),
        row.getTimestamp("tokens_expire_at").toInstant(),
        instant(row.getTimestamp("old_tokens_end")),
        deliveredAt,
        shown(row.getString("delivered_to")),
        Callers.factory(Permission.MANIFEST_READ) != null ? null : row.getString("problem"),
        fetchedAt,
        confirmedAt,
        named(row.getString("confirmed_by")));
  }

  /** To a factory's account the operator's people have no names. */
  private static @Nullable String named(@Nullable String somebody) {
    Caller reader = Callers.current();
    String mine = reader.factory(Permission.MANIFEST_READ);
    return mine == null || reader.name().equals(somebody) || ("factory " + mine).equals(somebody)
        ? somebody
        : null;
  }

  /** A factory is told of its own places, not of folders of this machine. */
  private @Nullable String shown(@Nullable String place) {
    boolean stranger = Callers.factory(Permission.MANIFEST_READ) != null;
    return place == null || (stranger && Outbox.holds(place)) ? null : outbox.uri(place).toString();
  }

  private static @Nullable Instant instant(@Nullable Timestamp timestamp) {
    return timestamp == null ? null : timestamp.toInstant();
  }
}
