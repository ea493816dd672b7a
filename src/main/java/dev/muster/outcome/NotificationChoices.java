package dev.muster.outcome;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.muster.access.Audited;
import dev.muster.access.Caller;
import dev.muster.access.Callers;
import dev.muster.access.Guarded;
import dev.muster.access.NotPermittedException;
import dev.muster.access.Permission;
import dev.muster.access.RefusedException;
import dev.muster.access.Requires;
import dev.muster.access.Role;
import dev.muster.language.Language;
import dev.muster.signin.SignedIn;
import java.sql.Array;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.context.event.EventListener;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/**
 * Of what people want to be told by mail. Everybody chooses for themselves, of what they may see.
 * Roles are known as of the last sign-in: whoever has not signed in for long gets nothing.
 */
@Guarded
@Component
public class NotificationChoices {

  private final JdbcClient jdbc;
  private final MailProperties properties;
  private final Clock clock;
  private final boolean on;

  NotificationChoices(
      JdbcClient jdbc,
      MailProperties properties,
      Clock clock,
      @Value("${spring.mail.host:}") String mailHost) {
    this.jdbc = jdbc;
    this.properties = properties;
    this.clock = clock;
    this.on = !mailHost.isEmpty();
  }

  /**
   * What somebody has chosen.
   *
   * @param account issuer and subject at the identity provider
   * @param language of the mails
   * @param roles as of the last sign-in
   * @param until when mails end, unless they sign in before
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Choice(
      String account,
      String name,
      String address,
      Set<Kind> kinds,
      Language language,
      Set<String> roles,
      @Nullable String factory,
      Instant signedInAt,
      Instant until) {

    public Choice {
      kinds = Set.copyOf(kinds);
      roles = Set.copyOf(roles);
    }

    /** Who it is here, as far as that is known. */
    Caller reader() {
      return Caller.account(
          name,
          account,
          "mail",
          roles.stream().flatMap(role -> Role.of(role).stream()).toList(),
          factory);
    }

    /** The words of its kinds, in their order. */
    public String words() {
      return Arrays.stream(Kind.values())
          .filter(kinds::contains)
          .map(Kind::word)
          .collect(Collectors.joining(", "));
    }
  }

  /**
   * The caller's own.
   *
   * @param mail whether there is a mail server
   * @param possible what the caller may choose
   * @param address null: none was given
   * @param language null: none was chosen
   * @param until when mails end, unless the caller signs in before
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Own(
      boolean mail,
      List<Kind> possible,
      Set<Kind> kinds,
      @Nullable String address,
      @Nullable Language language,
      @Nullable Instant until) {}

  @Requires({})
  public Own own() {
    Caller caller = Callers.current();
    List<Kind> possible = Arrays.stream(Kind.values()).filter(kind -> kind.isFor(caller)).toList();
    Optional<Choice> choice = find(caller.account());
    return new Own(
        on,
        possible,
        choice.map(Choice::kinds).orElse(Set.of()),
        choice.map(Choice::address).orElse(null),
        choice.map(Choice::language).orElse(null),
        choice.map(Choice::until).orElse(null));
  }

  /**
   * Chooses for the caller.
   *
   * @param kinds none: no mail
   * @param address where to; not needed for none
   * @param language of the mails; null: as before, and English when there was nothing before
   * @throws NotPermittedException when the caller may not see what is of one of the kinds
   * @throws RefusedException when the address is none, or of a domain that is not allowed
   */
  @Requires(
      value = {},
      audit = "notifications.choose")
  public void choose(
      @Audited("kinds") Collection<Kind> kinds,
      @Nullable String address,
      @Nullable Language language) {
    Caller caller = Callers.current();
    for (Kind kind : kinds) {
      if (!kind.isFor(caller)) {
        throw new NotPermittedException(
            "%s may not see what is of the kind %s, so no mail can tell of it."
                .formatted(caller.name(), kind.word()));
      }
    }
    if (kinds.isEmpty()) {
      int unused = delete(caller.account());
      return;
    }
    String stripped = address == null ? "" : address.strip();
    if (!MailProperties.isAddress(stripped)) {
      throw new RefusedException(
          "'%s' is no mail address. Give one, such as jo@contoso.example.".formatted(stripped));
    }
    if (!properties.allows(stripped)) {
      throw new RefusedException(
          "Mail goes to addresses of %s only. Give one of those."
              .formatted(String.join(", ", properties.domains())));
    }
    jdbc.sql(
            """
            INSERT INTO notification_choice AS c (account, name, address, kinds, language, roles, factory, known_at)
            VALUES (:account, :name, :address, :kinds, coalesce(:language, 'en'), :roles, :factory, :now)
            ON CONFLICT (account) DO UPDATE
               SET name = :name, address = :address, kinds = :kinds, language = coalesce(:language, c.language),
                   roles = :roles, factory = :factory, known_at = :now\
            """)
        .param("account", caller.account())
        .param("name", caller.name())
        .param("address", stripped)
        .param("kinds", new TreeSet<>(kinds).stream().map(Kind::name).toArray(String[]::new))
        .param("language", language == null ? null : language.tag())
        .param("roles", caller.roles().toArray(String[]::new))
        .param("factory", caller.factory())
        .param("now", clock.instant().atOffset(ZoneOffset.UTC))
        .update();
  }

  /** Everybody's, by name. */
  @Requires(Permission.NOTIFICATION_READ)
  public List<Choice> all() {
    return jdbc.sql("SELECT * FROM notification_choice ORDER BY name, account")
        .query(this::choice)
        .list();
  }

  /**
   * Ends mails to somebody. They may choose anew.
   *
   * @param account as {@link Choice#account}
   * @throws RefusedException when they get none
   */
  @Requires(value = Permission.NOTIFICATION_CONTROL, audit = "notifications.end")
  public void end(@Audited("account") String account) {
    if (delete(account) == 0) {
      throw new RefusedException("Nobody of this account gets mail; it may have been ended.");
    }
  }

  /** What somebody may do is what the identity provider says now. */
  @EventListener
  void on(SignedIn signedIn) {
    Caller caller = signedIn.caller();
    jdbc.sql(
            """
            UPDATE notification_choice SET name = :name, roles = :roles, factory = :factory, known_at = :now
             WHERE account = :account\
            """)
        .param("account", caller.account())
        .param("name", caller.name())
        .param("roles", caller.roles().toArray(String[]::new))
        .param("factory", caller.factory())
        .param("now", clock.instant().atOffset(ZoneOffset.UTC))
        .update();
  }

  /** Those who chose this kind, and have signed in not too long ago. */
  List<Choice> wanting(Kind kind) {
    return jdbc
        .sql("SELECT * FROM notification_choice WHERE :kind = ANY (kinds) ORDER BY account")
        .param("kind", kind.name())
        .query(this::choice)
        .list()
        .stream()
        .filter(this::holds)
        .toList();
  }

  /** What somebody has chosen, unless they have not signed in for too long. */
  Optional<Choice> holding(String account) {
    return find(account).filter(this::holds);
  }

  private boolean holds(Choice choice) {
    return choice.until().isAfter(clock.instant()) && properties.allows(choice.address());
  }

  private Optional<Choice> find(String account) {
    return jdbc.sql("SELECT * FROM notification_choice WHERE account = ?")
        .param(account)
        .query(this::choice)
        .optional();
  }

  private int delete(String account) {
    return jdbc.sql("DELETE FROM notification_choice WHERE account = ?").param(account).update();
  }

  private Choice choice(ResultSet row, int number) throws SQLException {
    Instant knownAt = row.getTimestamp("known_at").toInstant();
    Set<String> chosen = Set.of(strings(row.getArray("kinds")));
    EnumSet<Kind> kinds = EnumSet.allOf(Kind.class);
    kinds.removeIf(kind -> !chosen.contains(kind.name()));
    return new Choice(
        row.getString("account"),
        row.getString("name"),
        row.getString("address"),
        kinds,
        Language.of(row.getString("language")).orElse(Language.EN),
        Set.of(strings(row.getArray("roles"))),
        row.getString("factory"),
        knownAt,
        knownAt.plus(properties.knownFor()));
  }

  private static String[] strings(Array array) throws SQLException {
    return (String[]) array.getArray();
  }
}
