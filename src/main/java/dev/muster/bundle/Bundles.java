package dev.muster.bundle;

import dev.muster.run.RunKind;
import java.sql.Array;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.batch.core.step.StepExecution;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Propagation;
import org.springframework.transaction.annotation.Transactional;

/** The bundles there are, and the finished parts of those that are being made. */
@Component
public class Bundles {

  private final JdbcClient jdbc;
  private final Recipients recipients;
  private final Publication publication;
  private final ApplicationEventPublisher events;

  Bundles(
      JdbcClient jdbc,
      Recipients recipients,
      Publication publication,
      ApplicationEventPublisher events) {
    this.jdbc = jdbc;
    this.recipients = recipients;
    this.publication = publication;
    this.events = events;
  }

  /**
   * Begins the bundle of a run, in the transaction that is under way; begun before, it is begun
   * anew. From here on it is known to whom it is encrypted.
   *
   * @return its number
   * @throws IllegalStateException when the factory was removed, or the outbox can't be published to
   */
  @Transactional(propagation = Propagation.MANDATORY)
  public int begin(StepExecution step, Bundle.Plan plan) {
    publication.check(plan.factory());
    return jdbc.sql(
            """
            INSERT INTO bundle (run, factory, purpose, name, recipients, keys_at, tokens_expire_at, token_seconds,
                                parts, devices, arrival_id, begun_at)
            VALUES (:run, :factory, :purpose, :name, :recipients, :keysAt, :tokensExpireAt, :lifetime,
                    :parts, :devices, nullif(:arrival, 0), now())
            ON CONFLICT (run) DO UPDATE
               SET (recipients, keys_at, tokens_expire_at, parts, devices, begun_at)
                 = (excluded.recipients, excluded.keys_at, excluded.tokens_expire_at, excluded.parts, excluded.devices,
                    excluded.begun_at)
            RETURNING bundle_id\
            """)
        .param("run", run(step))
        .param("factory", plan.factory())
        .param("purpose", plan.purpose().name())
        .param("name", plan.name())
        .param("recipients", keys(recipientsOf(plan.factory())))
        .param("keysAt", plan.keysAt())
        .param("tokensExpireAt", utc(plan.tokensExpireAt()))
        .param("lifetime", plan.tokenLifetime().toSeconds())
        .param("parts", plan.parts())
        .param("devices", plan.devices())
        .param("arrival", step.getJobParameters().getLong(RunKind.ARRIVAL, 0L))
        .query(Integer.class)
        .single();
  }

  List<AgeRecipient> recipientsOf(String factory) {
    return recipients
        .of(factory)
        .orElseThrow(
            () ->
                new IllegalStateException(
                    "Factory '%s' was removed. Add it again and restart this execution."
                        .formatted(factory)));
  }

  public Optional<Bundle> find(int id) {
    return jdbc.sql("SELECT * FROM bundle WHERE bundle_id = ?")
        .param(id)
        .query(Bundles::bundle)
        .optional();
  }

  Bundle of(StepExecution step) {
    return jdbc.sql("SELECT * FROM bundle WHERE run = ?")
        .param(run(step))
        .query(Bundles::bundle)
        .single();
  }

  /** Remembers a finished part, in the place of an earlier one of the same number. */
  void save(int bundle, Bundle.Part part) {
    jdbc.sql(
            """
            INSERT INTO bundle_part (bundle_id, part, name, staged, sha256, bytes, devices, recipients, tokens_expire_at)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (bundle_id, part) DO UPDATE
               SET (name, staged, sha256, bytes, devices, recipients, tokens_expire_at)
                 = (excluded.name, excluded.staged, excluded.sha256, excluded.bytes, excluded.devices,
                    excluded.recipients, excluded.tokens_expire_at)\
            """)
        .params(
            bundle,
            part.part(),
            part.name(),
            part.staged(),
            part.sha256(),
            part.bytes(),
            part.devices(),
            keys(part.recipients()),
            utc(part.tokensExpireAt()))
        .update();
  }

  /** A part of a bundle, when it is finished. */
  Optional<Bundle.Part> part(int bundle, int number) {
    return jdbc.sql("SELECT * FROM bundle_part WHERE bundle_id = ? AND part = ?")
        .params(bundle, number)
        .query(Bundles::part)
        .optional();
  }

  /** A bundle's finished parts in their order. */
  public List<Bundle.Part> parts(int bundle) {
    return jdbc.sql("SELECT * FROM bundle_part WHERE bundle_id = ? ORDER BY part")
        .param(bundle)
        .query(Bundles::part)
        .list();
  }

  /** What receipts say of its finished parts, in their order; only the part of this name. */
  List<Receipt.Part> shown(int bundle, @Nullable String name) {
    return jdbc.sql(
            """
            SELECT name, sha256, bytes, devices FROM bundle_part
             WHERE bundle_id = :bundle AND (:name::text IS NULL OR name = :name::text) ORDER BY part\
            """)
        .param("bundle", bundle)
        .param("name", name)
        .query(Receipt.Part.class)
        .list();
  }

  /** Fixes anew to whom it is encrypted and when its tokens end; what was made so far is not so. */
  void change(Bundle to) {
    jdbc.sql(
            """
            UPDATE bundle SET recipients = ?, tokens_expire_at = ?, remarks = ?
             WHERE bundle_id = ? AND publishing_at IS NULL\
            """)
        .params(
            keys(to.recipients()),
            utc(to.tokensExpireAt()),
            to.remarks().toArray(String[]::new),
            to.id())
        .update();
  }

  /** Writes down that it is about to appear. From the commit on, it may be in somebody's hands. */
  void publishing(
      int bundle, Instant at, String outbox, String receipt, @Nullable Instant oldTokensEnd) {
    changed(
        bundle,
        jdbc.sql(
                """
                UPDATE bundle
                   SET publishing_at = :at, outbox = :outbox, receipt = :receipt::json, old_tokens_end = :oldTokensEnd
                 WHERE bundle_id = :bundle AND publishing_at IS NULL AND given_up_at IS NULL\
                """)
            .param("at", utc(at))
            .param("outbox", outbox)
            .param("receipt", receipt)
            .param("oldTokensEnd", oldTokensEnd == null ? null : utc(oldTokensEnd))
            .param("bundle", bundle)
            .update());
  }

  /** Writes down that it appeared. */
  void delivered(Bundle bundle, Instant at) {
    List<Optional<Long>> arrivals =
        jdbc.sql(
                """
                UPDATE bundle SET delivered_at = ?
                 WHERE bundle_id = ? AND publishing_at IS NOT NULL AND delivered_at IS NULL AND given_up_at IS NULL
                RETURNING arrival_id\
                """)
            .params(utc(at), bundle.id())
            .query((row, number) -> Optional.ofNullable(row.getObject(1, Long.class)))
            .list();
    changed(bundle.id(), arrivals.size());
    events.publishEvent(
        new BundleDelivered(find(bundle.id()).orElseThrow(), arrivals.get(0).orElse(null)));
  }

  /** Gives it up: nobody gets it. Nothing happens to one that was given up before. */
  @Transactional(propagation = Propagation.MANDATORY)
  public void giveUp(int bundle, Instant at) {
    jdbc.sql(
            """
            UPDATE bundle SET given_up_at = ?
             WHERE bundle_id = ? AND delivered_at IS NULL AND given_up_at IS NULL\
            """)
        .params(utc(at), bundle)
        .update();
    jdbc.sql(
            """
            DELETE FROM bundle_part p USING bundle b
             WHERE p.bundle_id = ? AND b.bundle_id = p.bundle_id AND b.delivered_at IS NULL\
            """)
        .param(bundle)
        .update();
  }

  private static void changed(int bundle, int rows) {
    if (rows != 1) {
      throw new IllegalStateException(
          "Bundle %d is delivered or given up already; nothing was changed.".formatted(bundle));
    }
  }

  private static long run(StepExecution step) {
    return step.getJobExecution().getJobInstance().getInstanceId();
  }

  private static Bundle bundle(ResultSet row, int number) throws SQLException {
    return new Bundle(
        row.getInt("bundle_id"),
        row.getString("factory"),
        Purpose.valueOf(row.getString("purpose")),
        row.getString("name"),
        recipients(row),
        row.getInt("keys_at"),
        row.getTimestamp("tokens_expire_at").toInstant(),
        Duration.ofSeconds(row.getLong("token_seconds")),
        row.getInt("parts"),
        row.getLong("devices"),
        texts(row.getArray("remarks")),
        row.getTimestamp("begun_at").toInstant(),
        instant(row.getTimestamp("publishing_at")),
        instant(row.getTimestamp("delivered_at")),
        row.getString("outbox"),
        row.getString("receipt"),
        instant(row.getTimestamp("old_tokens_end")),
        instant(row.getTimestamp("given_up_at")));
  }

  private static Bundle.Part part(ResultSet row, int number) throws SQLException {
    return new Bundle.Part(
        row.getInt("part"),
        row.getString("name"),
        row.getString("staged"),
        row.getString("sha256"),
        row.getLong("bytes"),
        row.getLong("devices"),
        recipients(row),
        row.getTimestamp("tokens_expire_at").toInstant());
  }

  private static List<AgeRecipient> recipients(ResultSet row) throws SQLException {
    return texts(row.getArray("recipients")).stream().map(AgeRecipient::new).toList();
  }

  private static List<String> texts(Array array) throws SQLException {
    return Arrays.asList((String[]) array.getArray());
  }

  private static String[] keys(List<AgeRecipient> recipients) {
    return recipients.stream().map(AgeRecipient::publicKey).toArray(String[]::new);
  }

  private static @Nullable Instant instant(@Nullable Timestamp timestamp) {
    return timestamp == null ? null : timestamp.toInstant();
  }

  private static OffsetDateTime utc(Instant instant) {
    return instant.atOffset(ZoneOffset.UTC);
  }
}
