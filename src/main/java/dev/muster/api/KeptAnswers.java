package dev.muster.api;

import java.sql.Timestamp;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/**
 * What was answered to requests with an Idempotency-Key, for a day. In the database, so that a
 * repetition may reach another instance.
 */
@Component
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
class KeptAnswers {

  private static final Duration KEPT = Duration.ofHours(24);

  private final JdbcClient jdbc;
  private final Clock clock;

  KeptAnswers(JdbcClient jdbc, Clock clock) {
    this.jdbc = jdbc;
    this.clock = clock;
  }

  @SuppressWarnings("ArrayRecordComponent") // compared by sameAs alone
  record Request(String caller, String key, byte[] hash) {
    boolean sameAs(byte[] other) {
      return Arrays.equals(hash, other);
    }
  }

  /**
   * What is known of an earlier request.
   *
   * @param status null: it is being answered
   * @param body null: the answer held a token, and was not kept
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Kept(
      byte[] hash,
      @Nullable Integer status,
      @Nullable String contentType,
      @Nullable String location,
      byte @Nullable [] body) {}

  /**
   * Begins to answer a request.
   *
   * @return what is known of an earlier one with this key; empty: this is the first
   */
  Optional<Kept> begin(Request request) {
    Instant now = clock.instant();
    jdbc.sql("DELETE FROM api_answer WHERE began_at < ?")
        .param(Timestamp.from(now.minus(KEPT)))
        .update();
    boolean first =
        jdbc.sql(
                    """
                    INSERT INTO api_answer (caller, key, request, began_at) VALUES (?, ?, ?, ?)
                        ON CONFLICT DO NOTHING\
                    """)
                .params(request.caller(), request.key(), request.hash(), Timestamp.from(now))
                .update()
            == 1;
    return first ? Optional.empty() : Optional.of(kept(request));
  }

  private Kept kept(Request request) {
    return jdbc.sql(
            """
            SELECT request AS hash, status, content_type, location, body FROM api_answer
             WHERE caller = ? AND key = ?\
            """)
        .params(request.caller(), request.key())
        .query(Kept.class)
        .optional()
        // Forgotten in this moment, because it could not be answered.
        .orElseGet(() -> new Kept(request.hash(), null, null, null, null));
  }

  /**
   * Keeps an answer.
   *
   * @param body null: it holds a token
   */
  void keep(
      Request request,
      int status,
      @Nullable String contentType,
      @Nullable String location,
      byte @Nullable [] body) {
    jdbc.sql(
            """
            UPDATE api_answer
               SET status = :status, content_type = :contentType, location = :location, body = :body
             WHERE caller = :caller AND key = :key\
            """)
        .param("status", status)
        .param("contentType", contentType)
        .param("location", location)
        .param("body", body)
        .param("caller", request.caller())
        .param("key", request.key())
        .update();
  }

  void forget(Request request) {
    jdbc.sql("DELETE FROM api_answer WHERE caller = ? AND key = ?")
        .params(request.caller(), request.key())
        .update();
  }
}
