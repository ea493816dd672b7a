package dev.muster.credential;

import dev.muster.database.TransactionLock;
import dev.muster.home.NotConfiguredException;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Propagation;
import org.springframework.transaction.annotation.Transactional;

/**
 * Which of a hub's two keys signs what: the one place where that is decided.
 *
 * <p>Changes of keys are counted, over all hubs. The count, fixed once for a bundle, fixes the key
 * of every hub for it, so that its tokens can be made again whatever is changed since; and it tells
 * which key a device's token is of. It needs no clock.
 */
@Component
@EnableConfigurationProperties(TokenLifetimes.class)
public class SigningKeys {

  private final JdbcTemplate jdbcTemplate;
  private final JdbcClient jdbc;
  private final HubNumbers hubNumbers;
  private final List<Authority> authorities;

  SigningKeys(JdbcTemplate jdbcTemplate, HubNumbers hubNumbers, List<Authority.Kind> kinds) {
    this.jdbcTemplate = jdbcTemplate;
    this.jdbc = JdbcClient.create(jdbcTemplate);
    this.hubNumbers = hubNumbers;
    this.authorities = kinds.stream().<Authority>flatMap(kind -> kind.all().stream()).toList();
  }

  /** How many changes of keys there have been. */
  public int now() {
    return jdbc.sql("SELECT coalesce(max(key_since), 0) FROM hub").query(Integer.class).single();
  }

  /** As {@link #now()}; and no key changes until the transaction that is under way ends. */
  @Transactional(propagation = Propagation.MANDATORY)
  public int hold() {
    TransactionLock.SIGNING_KEYS.shared(jdbcTemplate);
    return now();
  }

  /**
   * Changes the key that a hub's tokens are signed with, once all that fixed its keys before has
   * committed.
   *
   * @return the number of this change
   */
  @Transactional(propagation = Propagation.MANDATORY)
  public int change(short hubId, KeyInUse to) {
    TransactionLock.SIGNING_KEYS.exclusive(jdbcTemplate);
    return jdbc.sql(
            """
            UPDATE hub SET key_in_use = ?, key_since = (SELECT max(key_since) + 1 FROM hub)
             WHERE hub_id = ? RETURNING key_since\
            """)
        .params(to.name(), hubId)
        .query(Integer.class)
        .single();
  }

  /** From the commit on, the key that the hub had in use before its last change is good no more. */
  @Transactional(propagation = Propagation.MANDATORY)
  public void endFormer(short hubId) {
    TransactionLock.SIGNING_KEYS.exclusive(jdbcTemplate);
    jdbc.sql("UPDATE hub SET valid_since = key_since WHERE hub_id = ?").param(hubId).update();
  }

  /**
   * Which keys sign, and are good, at one moment. They stay so only while they are held, see {@link
   * #hold()}.
   *
   * @param changes how many changes of keys there have been
   */
  public record Keys(int changes, Map<String, HubKeys> hubs) {

    private static final HubKeys NEVER_CHANGED = new HubKeys(KeyInUse.PRIMARY, true);

    public KeyInUse inUse(String hub) {
      return hubs.getOrDefault(hub, NEVER_CHANGED).inUse();
    }

    /**
     * Whether what a hub's key signed is good. The key in use always is; the other one until it is
     * ended, see {@link #endFormer}.
     */
    public boolean isGood(String hub, KeyInUse key) {
      HubKeys keys = hubs.getOrDefault(hub, NEVER_CHANGED);
      return keys.bothGood() || keys.inUse() == key;
    }
  }

  /** A hub's. */
  public record HubKeys(KeyInUse inUse, boolean bothGood) {}

  /** Which keys sign, and are good, now. */
  public Keys look() {
    Map<String, HubKeys> keys = new HashMap<>();
    int[] changes = {0};
    jdbc.sql(
            "SELECT name, key_in_use, key_since = 0 OR valid_since < key_since, key_since FROM hub")
        .query(
            row -> {
              keys.put(
                  row.getString(1),
                  new HubKeys(KeyInUse.valueOf(row.getString(2)), row.getBoolean(3)));
              changes[0] = Math.max(changes[0], row.getInt(4));
            });
    return new Keys(changes[0], Map.copyOf(keys));
  }

  /**
   * The key that signs as of a change of keys. Older than the last change of this hub, it is the
   * other one: of a hub's keys there are two.
   */
  public KeyInUse of(String hub, int keysAt) {
    return jdbc.sql("SELECT key_in_use, key_since FROM hub WHERE name = ?")
        .param(hub)
        .query(
            (row, number) -> {
              KeyInUse inUse = KeyInUse.valueOf(row.getString(1));
              return row.getInt(2) <= keysAt ? inUse : inUse.other();
            })
        .optional()
        .orElse(KeyInUse.PRIMARY);
  }

  /** Who issues a bundle's credentials. Not thread-safe. */
  public Issuers issuers(int keysAt, Instant expiresAt) {
    List<String> names = authorities.stream().map(Authority::name).toList();
    Map<Short, Authority> byNumber = new HashMap<>();
    List<Short> numbers = hubNumbers.assign(names);
    for (int i = 0; i < numbers.size(); i++) {
      byNumber.put(numbers.get(i), authorities.get(i));
    }
    return new Issuers(
        authorities.get(0).columns(),
        number -> {
          Authority hub = byNumber.get(number);
          if (hub == null) {
            throw new NotConfiguredException(
                "Devices are assigned to hub '%s', which is not configured any more. Configure it again under muster.hubs and restart this execution."
                    .formatted(hubNumbers.name(number)));
          }
          return hub.issuer(of(hub.name(), keysAt), expiresAt);
        });
  }

  /** Who issues for which hub, by the hub's number. */
  public static final class Issuers {

    private final List<String> columns;
    private final Function<Short, Issuer> make;
    private final Map<Short, Issuer> made = new HashMap<>();

    private Issuers(List<String> columns, Function<Short, Issuer> make) {
      this.columns = columns;
      this.make = make;
    }

    public List<String> columns() {
      return columns;
    }

    /**
     * Who issues for the hub of this number.
     *
     * @throws NotConfiguredException when the hub is not configured any more
     */
    public Issuer of(short hub) {
      return made.computeIfAbsent(hub, make);
    }
  }
}
