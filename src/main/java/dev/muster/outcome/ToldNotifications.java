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
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** Who is notified by which way, and what was not taken. */
@Guarded
@Component
@EnableConfigurationProperties({
  NotificationProperties.class,
  WebhookProperties.class,
  MailProperties.class
})
public class ToldNotifications {

  /** What {@link Standing#name} of mail is; no webhook is called so. */
  static final String MAIL = "mail";

  private final WebhookProperties properties;
  private final JdbcClient jdbc;
  private final Clock clock;
  private final String mailHost;

  ToldNotifications(
      WebhookProperties properties,
      JdbcClient jdbc,
      Clock clock,
      @Value("${spring.mail.host:}") String mailHost) {
    this.properties = properties;
    this.jdbc = jdbc;
    this.clock = clock;
    this.mailHost = mailHost;
  }

  /**
   * A webhook, or mail, and how it stands.
   *
   * @param host of its address, whose rest may be secret; of mail, the server
   * @param types of its events; empty: all, and of mail, what its recipients chose
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
      @Nullable Instant lastTaken) {

    /** What it is told when no types are named, in a few words. */
    public String all() {
      return name.equals(MAIL) ? "what its readers chose" : "everything";
    }
  }

  /**
   * An event that was told, or is to be, to one recipient.
   *
   * @param channel a webhook's name, or {@code mail}
   * @param recipient who was told; no address
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
      String channel,
      String recipient,
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

  /** All that are configured: mail, then webhooks by name. */
  @Requires(Permission.NOTIFICATION_READ)
  public List<Standing> all() {
    Map<String, Counts> counts =
        jdbc
            .sql(
                """
                SELECT CASE channel WHEN 'MAIL' THEN 'mail' ELSE recipient END AS name,
                       count(*) FILTER (WHERE due_at IS NOT NULL),
                       count(*) FILTER (WHERE due_at IS NULL AND taken_at IS NULL),
                       max(taken_at)
                  FROM notification GROUP BY 1\
                """)
            .query(
                (row, number) ->
                    Map.entry(
                        row.getString(1),
                        new Counts(row.getLong(2), row.getLong(3), instant(row.getTimestamp(4)))))
            .list()
            .stream()
            .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
    List<Standing> all = new ArrayList<>();
    if (!mailHost.isEmpty()) {
      all.add(standing(MAIL, mailHost, List.of(), null, counts));
    }
    properties.hooks().stream()
        .map(
            hook ->
                standing(hook.name(), hook.url().getHost(), hook.types(), hook.factory(), counts))
        .sorted((one, other) -> one.name().compareTo(other.name()))
        .forEach(all::add);
    return all;
  }

  private static Standing standing(
      String name,
      String host,
      List<String> types,
      @Nullable String factory,
      Map<String, Counts> counts) {
    Counts of = counts.getOrDefault(name, new Counts(0, 0, null));
    return new Standing(name, host, types, factory, of.waiting(), of.givenUp(), of.lastTaken());
  }

  /**
   * What was told and is to be told, newest first.
   *
   * @param channel a webhook's name, or {@code mail}; null or empty: all
   * @param open only what was not taken
   * @param before only with smaller numbers; null: the newest
   */
  @Requires(Permission.NOTIFICATION_READ)
  public List<Told> page(@Nullable String channel, boolean open, @Nullable Long before, int limit) {
    return jdbc.sql(
            """
            SELECT notification_id AS id, CASE channel WHEN 'MAIL' THEN 'mail' ELSE recipient END AS channel,
                   coalesce((SELECT c.name FROM notification_choice c
                              WHERE n.channel = 'MAIL' AND n.recipient = 'account ' || c.account), recipient) AS recipient,
                   factory, event_id AS event, type, subject, happened_at, attempts, attempted_at, status, problem, due_at AS next_at,
                   taken_at
              FROM notification n
             WHERE (:before::bigint IS NULL OR notification_id < :before::bigint)
               AND (:channel::text IS NULL OR CASE channel WHEN 'MAIL' THEN 'mail' ELSE recipient END = :channel::text)
               AND (NOT :open OR taken_at IS NULL)
             ORDER BY notification_id DESC LIMIT :limit\
            """)
        .param("before", before)
        .param("channel", channel == null || channel.isEmpty() ? null : channel)
        .param("open", open)
        .param("limit", Math.max(1, limit))
        .query(Told.class)
        .list();
  }

  /**
   * Has an event told once more, whatever became of it before.
   *
   * @return false when there is none of this number, or its channel is configured no more
   */
  @Requires(value = Permission.NOTIFICATION_CONTROL, audit = "notification.retry")
  public boolean again(@Audited("notification") long id) {
    return jdbc.sql(
                """
                UPDATE notification SET due_at = :now, taken_at = NULL
                 WHERE notification_id = :id
                   AND (channel = 'MAIL' AND :mail OR channel = 'WEBHOOK' AND recipient = ANY (:webhooks))\
                """)
            .param("now", clock.instant().atOffset(ZoneOffset.UTC))
            .param("id", id)
            .param("mail", !mailHost.isEmpty())
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
