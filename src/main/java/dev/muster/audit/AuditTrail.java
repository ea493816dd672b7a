package dev.muster.audit;

import dev.muster.access.AuditLog;
import dev.muster.access.AuditLog.Entry;
import dev.muster.access.AuditLog.Outcome;
import dev.muster.access.Guarded;
import dev.muster.access.Permission;
import dev.muster.access.Requires;
import dev.muster.export.Export;
import dev.muster.export.Period;
import io.micrometer.core.instrument.Metrics;
import java.sql.Timestamp;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Propagation;
import org.springframework.transaction.annotation.Transactional;

/** Reads the audit. */
@Guarded
@Component
public class AuditTrail {

  /**
   * Which entries; null or empty: any.
   *
   * @param actor part of a name, or an account
   * @param action begins with this
   * @param subject part of it, such as a device's id
   */
  public record Filter(
      @Nullable String actor,
      @Nullable String action,
      @Nullable String subject,
      @Nullable Outcome outcome,
      Period at) {}

  /**
   * An entry as a row of a table.
   *
   * @param account who that is for good: issuer and subject at the identity provider
   */
  public record Line(
      long number,
      Instant at,
      String actor,
      String account,
      String origin,
      @Nullable String factory,
      String action,
      String subject,
      Outcome outcome,
      @Nullable String problem) {}

  private static final String SELECT =
      """
      SELECT entry_id AS number, at, actor, account, origin, factory, action, subject, outcome, problem
        FROM audit_entry
       WHERE (:before::bigint IS NULL OR entry_id < :before::bigint)
         AND (:actor::text IS NULL OR strpos(lower(actor), lower(:actor::text)) > 0 OR account = :actor::text)
         AND (:action::text IS NULL OR starts_with(action, :action::text))
         AND (:subject::text IS NULL OR strpos(lower(subject), lower(:subject::text)) > 0)
         AND (:outcome::text IS NULL OR outcome = :outcome::text)
         AND (:from::timestamptz IS NULL OR at >= :from::timestamptz)
         AND (:until::timestamptz IS NULL OR at < :until::timestamptz)
       ORDER BY entry_id DESC LIMIT :limit\
      """;

  private final JdbcClient jdbc;

  AuditTrail(JdbcClient jdbc) {
    this.jdbc = jdbc;
  }

  /**
   * Entries, newest first.
   *
   * @param before only those with a smaller number; null: from the newest
   */
  @Requires(Permission.AUDIT_READ)
  public List<Line> page(Filter filter, @Nullable Long before, int limit) {
    Outcome outcome = filter.outcome();
    return jdbc.sql(SELECT)
        .param("before", before)
        .param("actor", unlessEmpty(filter.actor()))
        .param("action", unlessEmpty(filter.action()))
        .param("subject", unlessEmpty(filter.subject()))
        .param("outcome", outcome == null ? null : outcome.name())
        .param("from", timestamp(filter.at().from()))
        .param("until", timestamp(filter.at().until()))
        .param("limit", limit)
        .query(Line.class)
        .list();
  }

  /** All entries that are meant, to take away. */
  @Requires(Permission.AUDIT_READ)
  public Export<Line, Long> all(Filter filter) {
    return Export.of(Line.class, (before, limit) -> page(filter, before, limit), Line::number);
  }

  private static @Nullable String unlessEmpty(@Nullable String text) {
    return text == null || text.isBlank() ? null : text.strip();
  }

  private static @Nullable OffsetDateTime timestamp(@Nullable Instant instant) {
    return instant == null ? null : instant.atOffset(ZoneOffset.UTC);
  }

  @Component
  static class Writer implements AuditLog {

    private final JdbcClient jdbc;

    Writer(JdbcClient jdbc) {
      this.jdbc = jdbc;
    }

    @Override
    @Transactional(propagation = Propagation.REQUIRES_NEW)
    public void add(Entry entry) {
      jdbc.sql(
              """
              INSERT INTO audit_entry (at, actor, account, origin, factory, action, subject, outcome, problem)
              VALUES (:at, :actor, :account, :origin, :factory, :action, :subject, :outcome, :problem)\
              """)
          .param("at", Timestamp.from(entry.at()))
          .param("actor", entry.actor())
          .param("account", entry.account())
          .param("origin", entry.origin())
          .param("factory", entry.factory())
          .param("action", entry.action())
          .param("subject", entry.subject())
          .param("outcome", entry.outcome().name())
          .param("problem", entry.problem())
          .update();
      Metrics.counter(
              "muster.actions",
              "action",
              entry.action(),
              "outcome",
              entry.outcome().name().toLowerCase(Locale.ROOT))
          .increment();
    }
  }
}
