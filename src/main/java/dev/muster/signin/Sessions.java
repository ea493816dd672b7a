package dev.muster.signin;

import dev.muster.access.Audited;
import dev.muster.access.Caller;
import dev.muster.access.Callers;
import dev.muster.access.Guarded;
import dev.muster.access.Permission;
import dev.muster.access.RefusedException;
import dev.muster.access.Requires;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpSession;
import java.sql.Timestamp;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.http.HttpHeaders;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/**
 * Who is signed in at the console, at any instance. What a session holds stays in the memory of its
 * instance; that there is one stands in the database, where any instance can end it: it is asked
 * for at each request. Nothing here can be used to take a session over.
 */
@Guarded
@Component
@EnableConfigurationProperties(SignInProperties.class)
public class Sessions {

  /** Of an {@code HttpSession}: its {@link Session#id}. */
  public static final String ID = "muster.session";

  /** When it was last used is known as exactly as this. */
  private static final Duration NOTED_EACH = Duration.ofMinutes(1);

  private static final int LONGEST_BROWSER = 200;

  /**
   * One of them.
   *
   * @param id its name, which is not what its cookie holds
   * @param account issuer and subject at the identity provider
   * @param lastUsedAt to a minute
   * @param browser as it calls itself; may be empty
   */
  public record Session(
      UUID id,
      String account,
      String name,
      Instant signedInAt,
      Instant lastUsedAt,
      String address,
      String browser) {}

  private final JdbcClient jdbc;
  private final Clock clock;
  private final Duration longest;
  private final Duration idle;

  Sessions(
      JdbcClient jdbc,
      Clock clock,
      SignInProperties properties,
      @Value("${server.servlet.session.timeout:30m}") Duration idle) {
    this.jdbc = jdbc;
    this.clock = clock;
    this.longest = properties.sessionAge();
    this.idle = idle.plus(NOTED_EACH);
  }

  /** The caller's, the one that was used last first. */
  @Requires({})
  public List<Session> own() {
    return select(Callers.current().account());
  }

  /** Ends one of the caller's. */
  @Requires(
      value = {},
      audit = "session.end",
      fresh = true)
  public void endOwn(@Audited("session") UUID id) {
    mustBeOne(
        jdbc.sql("DELETE FROM console_session WHERE session_id = :id AND account = :account")
            .param("id", id)
            .param("account", Callers.current().account())
            .update());
  }

  /** Ends all of the caller's but this one; without one, all. */
  @Requires(
      value = {},
      audit = "session.end",
      fresh = true)
  public void endOwnOthers(@Audited("all-but") @Nullable UUID current) {
    jdbc.sql(
            """
            DELETE FROM console_session
             WHERE account = :account AND session_id IS DISTINCT FROM :current::uuid\
            """)
        .param("account", Callers.current().account())
        .param("current", current)
        .update();
  }

  /** Everybody's, the one that was used last first. */
  @Requires(value = Permission.SESSION_END, readOnly = true)
  public List<Session> all() {
    return select(null);
  }

  /** Ends anybody's. */
  @Requires(value = Permission.SESSION_END, fresh = true)
  public void end(@Audited("session") UUID id) {
    mustBeOne(
        jdbc.sql("DELETE FROM console_session WHERE session_id = :id").param("id", id).update());
  }

  /**
   * Ends all of somebody.
   *
   * @param account as {@link Session#account}
   */
  @Requires(value = Permission.SESSION_END, fresh = true)
  public void endAll(@Audited("account") String account) {
    mustBeOne(
        jdbc.sql("DELETE FROM console_session WHERE account = :account")
            .param("account", account)
            .update());
  }

  private static void mustBeOne(int ended) {
    if (ended == 0) {
      throw new RefusedException("There is no such session; it may have ended.");
    }
  }

  private List<Session> select(@Nullable String account) {
    Instant now = clock.instant();
    return jdbc.sql(
            """
            SELECT session_id AS id, account, name, signed_in_at, last_used_at, address, browser
              FROM console_session
             WHERE (:account::text IS NULL OR account = :account::text)
               AND last_used_at > :used AND signed_in_at > :begun
             ORDER BY last_used_at DESC, session_id\
            """)
        .param("account", account)
        .param("used", Timestamp.from(now.minus(idle)))
        .param("begun", Timestamp.from(now.minus(longest)))
        .query(Session.class)
        .list();
  }

  /**
   * Begins one for whoever has just signed in, and forgets those that ended by themselves.
   *
   * @param providerSession what the provider calls its own session ({@code sid}); null: nothing
   */
  UUID begin(HttpServletRequest request, Caller caller, @Nullable String providerSession) {
    HttpSession session = request.getSession();
    if (session.getAttribute(ID) instanceof UUID former) {
      forget(former);
    }
    UUID id = UUID.randomUUID();
    Instant now = clock.instant();
    String browser =
        Objects.requireNonNullElse(request.getHeader(HttpHeaders.USER_AGENT), "")
            .replaceAll("\\p{Cntrl}", " ");
    jdbc.sql("DELETE FROM console_session WHERE last_used_at <= :used OR signed_in_at <= :begun")
        .param("used", Timestamp.from(now.minus(idle)))
        .param("begun", Timestamp.from(now.minus(longest)))
        .update();
    jdbc.sql(
            """
            INSERT INTO console_session
                   (session_id, account, name, signed_in_at, last_used_at, address, browser,
                    provider_session)
            VALUES (:id, :account, :name, :now, :now, :address, :browser, :providers)\
            """)
        .param("id", id)
        .param("account", caller.account())
        .param("name", caller.name())
        .param("now", Timestamp.from(now))
        .param("providers", providerSession)
        .param("address", String.valueOf(request.getRemoteAddr()))
        .param("browser", browser.substring(0, Math.min(LONGEST_BROWSER, browser.length())))
        .update();
    session.setAttribute(ID, id);
    return id;
  }

  /**
   * Ends those that the provider says have ended, at all instances. A session of which the provider
   * did not say what it calls it counts as one of all of its account's.
   *
   * @param subject whose; null: as {@code providerSession} says
   * @param providerSession the provider's session ({@code sid}); null: all of the subject
   * @return how many
   */
  int endOf(String issuer, @Nullable String subject, @Nullable String providerSession) {
    return jdbc.sql(
            """
            DELETE FROM console_session
             WHERE (account = :issuer || ' ' || :subject::text
                    OR (:subject::text IS NULL AND starts_with(account, :issuer || ' ')))
               AND (:session::text IS NULL OR provider_session = :session::text
                    OR (provider_session IS NULL AND :subject::text IS NOT NULL))\
            """)
        .param("issuer", issuer)
        .param("subject", subject)
        .param("session", providerSession)
        .update();
  }

  /** Notes that a session is used; false: it was ended. */
  boolean use(HttpSession session) {
    if (!(session.getAttribute(ID) instanceof UUID id)) {
      return false;
    }
    Instant now = clock.instant();
    return jdbc.sql("SELECT last_used_at FROM console_session WHERE session_id = :id")
        .param("id", id)
        .query(Timestamp.class)
        .optional()
        .map(
            used -> {
              if (used.toInstant().isBefore(now.minus(NOTED_EACH))) {
                jdbc.sql("UPDATE console_session SET last_used_at = :now WHERE session_id = :id")
                    .param("now", Timestamp.from(now))
                    .param("id", id)
                    .update();
              }
              return true;
            })
        .orElse(false);
  }

  void forget(UUID id) {
    jdbc.sql("DELETE FROM console_session WHERE session_id = :id").param("id", id).update();
  }
}
