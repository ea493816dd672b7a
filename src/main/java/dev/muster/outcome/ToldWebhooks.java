package dev.muster.outcome;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import dev.muster.access.Audited;
import dev.muster.access.Guarded;
import dev.muster.access.Permission;
import dev.muster.access.Requires;
import java.sql.Timestamp;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** What webhooks were told, and what they did not take. */
@Guarded
@Component
@EnableConfigurationProperties(WebhookProperties.class)
public class ToldWebhooks {

  private static final int MOST_AT_ONCE = 201;

  private final WebhookProperties properties;
  private final JdbcClient jdbc;
  private final Clock clock;

  ToldWebhooks(WebhookProperties properties, JdbcClient jdbc, Clock clock) {
    this.properties = properties;
    this.jdbc = jdbc;
    this.clock = clock;
  }

  /**
   * A webhook, and how it stands.
   *
   * @param host of its address; the rest of it may be secret
   * @param types of its events; empty: all
   * @param factory whose events alone; null: all factories'
   * @param waiting how many events it is still to be told
   * @param givenUp how many it did not take, and is not told by itself any more
   * @param lastTaken when it last took one
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Standing(
      String name,
      String host,
      List<String> types,
      @Nullable String factory,
      long waiting,
      long givenUp,
      @Nullable Instant lastTaken) {}

  /**
   * An event that was told, or is to be.
   *
   * @param factory whose it is; null: nobody's alone
   * @param event its id; the same at every attempt
   * @param attempts how often it was tried
   * @param attemptedAt when last
   * @param status that was answered last; null: none was
   * @param problem what was wrong at the last attempt
   * @param nextAt when it is tried again
   * @param takenAt when it was taken
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Told(
      long id,
      String webhook,
      @Nullable String factory,
      String event,
      String type,
      String subject,
      Instant happenedAt,
      int attempts,
      @Nullable Instant attemptedAt,
      @Nullable Integer status,
      @Nullable String problem,
      @Nullable Instant nextAt,
      @Nullable Instant takenAt) {

    /** {@code taken}, {@code waiting}, or {@code given up}: it is not tried by itself any more. */
    @JsonProperty
    public String state() {
      return takenAt != null ? "taken" : nextAt != null ? "waiting" : "given up";
    }
  }

  private record Counts(long waiting, long givenUp, @Nullable Instant lastTaken) {}

  /** All that are configured, by name. */
  @Requires(Permission.WEBHOOK_READ)
  public List<Standing> all() {
    Map<String, Counts> counts =
        jdbc
            .sql(
                """
                SELECT webhook,
                       count(*) FILTER (WHERE due_at IS NOT NULL),
                       count(*) FILTER (WHERE due_at IS NULL AND taken_at IS NULL),
                       max(taken_at)
                  FROM webhook_delivery GROUP BY webhook\
                """)
            .query(
                (row, number) ->
                    Map.entry(
                        row.getString(1),
                        new Counts(row.getLong(2), row.getLong(3), instant(row.getTimestamp(4)))))
            .list()
            .stream()
            .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
    Function<String, Counts> of = name -> counts.getOrDefault(name, new Counts(0, 0, null));
    return properties.hooks().stream()
        .map(
            hook ->
                new Standing(
                    hook.name(),
                    hook.url().getHost(),
                    hook.types(),
                    hook.factory(),
                    of.apply(hook.name()).waiting(),
                    of.apply(hook.name()).givenUp(),
                    of.apply(hook.name()).lastTaken()))
        .sorted((one, other) -> one.name().compareTo(other.name()))
        .toList();
  }

  /**
   * What was told and is to be told, newest first.
   *
   * @param webhook null or empty: all
   * @param open only what was not taken
   * @param before only with smaller numbers; null: the newest
   */
  @Requires(Permission.WEBHOOK_READ)
  public List<Told> page(@Nullable String webhook, boolean open, @Nullable Long before, int limit) {
    return jdbc.sql(
            """
            SELECT delivery_id, webhook, factory, event_id, type, subject, happened_at, attempts,
                   attempted_at, status, problem, due_at, taken_at
              FROM webhook_delivery
             WHERE (:before::bigint IS NULL OR delivery_id < :before::bigint)
               AND (:webhook::text IS NULL OR webhook = :webhook::text)
               AND (NOT :open OR taken_at IS NULL)
             ORDER BY delivery_id DESC LIMIT :limit\
            """)
        .param("before", before)
        .param("webhook", webhook == null || webhook.isEmpty() ? null : webhook)
        .param("open", open)
        .param("limit", Math.max(1, Math.min(limit, MOST_AT_ONCE)))
        .query(
            (row, number) ->
                new Told(
                    row.getLong(1),
                    row.getString(2),
                    row.getString(3),
                    row.getString(4),
                    row.getString(5),
                    row.getString(6),
                    row.getTimestamp(7).toInstant(),
                    row.getInt(8),
                    instant(row.getTimestamp(9)),
                    row.getObject(10, Integer.class),
                    row.getString(11),
                    instant(row.getTimestamp(12)),
                    instant(row.getTimestamp(13))))
        .list();
  }

  /**
   * Has an event told once more, whatever became of it before.
   *
   * @return false when there is none of this number, or its webhook is configured no more
   */
  @Requires(Permission.WEBHOOK_RETRY)
  public boolean again(@Audited("delivery") long id) {
    return jdbc.sql(
                """
                UPDATE webhook_delivery SET due_at = :now, taken_at = NULL
                 WHERE delivery_id = :id AND webhook = ANY (:webhooks)\
                """)
            .param("now", clock.instant().atOffset(ZoneOffset.UTC))
            .param("id", id)
            .param(
                "webhooks",
                properties.hooks().stream()
                    .map(WebhookProperties.Hook::name)
                    .toArray(String[]::new))
            .update()
        == 1;
  }

  private static @Nullable Instant instant(@Nullable Timestamp timestamp) {
    return timestamp == null ? null : timestamp.toInstant();
  }
}
