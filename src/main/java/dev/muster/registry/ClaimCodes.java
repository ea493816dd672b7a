package dev.muster.registry;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.muster.access.Audited;
import dev.muster.access.Callers;
import dev.muster.access.Guarded;
import dev.muster.access.Permission;
import dev.muster.access.RateLimit;
import dev.muster.access.RefusedException;
import dev.muster.access.Requires;
import dev.muster.database.TransactionLock;
import dev.muster.home.Sha256;
import dev.muster.status.ChangeHistory;
import dev.muster.status.DeviceState;
import java.security.MessageDigest;
import java.sql.Timestamp;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.PessimisticLockingFailureException;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Transactional;

/**
 * Claim codes, where a factory uses them: the code stands on the device's label, its hash in the
 * manifest. Who shows it has the device in hand. Before that, nobody installs the device, or makes
 * a token for it.
 */
@Guarded
@Component
public class ClaimCodes {

  /** The manifest's column, which is kept as any that Muster does not know. */
  static final String COLUMN = "claim_code_sha256";

  /** Wrong codes of one account, and codes that are tried with one device. */
  private static final int WRONG = 10;

  private static final Duration WITHIN = Duration.ofMinutes(15);

  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final RateLimit wrong = new RateLimit(WRONG, WITHIN);
  private final RateLimit tried = new RateLimit(WRONG, WITHIN);
  private final ChangeHistory history;
  private final JdbcTemplate jdbcTemplate;
  private final JdbcClient jdbc;
  private final Clock clock;

  ClaimCodes(ChangeHistory history, JdbcTemplate jdbcTemplate, Clock clock) {
    this.history = history;
    this.jdbcTemplate = jdbcTemplate;
    this.jdbc = JdbcClient.create(jdbcTemplate);
    this.clock = clock;
  }

  private record Device(
      String factory,
      @Nullable String building,
      @Nullable String hash,
      DeviceState state,
      @Nullable Instant claimedAt) {}

  /** Whether a device's code is still to be shown. */
  @Requires(Permission.DEVICE_READ)
  public boolean wanted(UUID device) {
    return find(device)
        .filter(known -> known.hash() != null && known.claimedAt() == null)
        .isPresent();
  }

  /**
   * Shows a device's code, which is good once.
   *
   * @throws RefusedException when it is not this device's, was shown before, too many were wrong,
   *     or devices are being loaded or changed for too long
   */
  @Transactional
  @Requires(value = Permission.DEVICE_INSTALL, audit = "device.claim")
  public void claim(@Audited("device") UUID device, String code) {
    // Without the lock first, so that those who get nothing hold nobody up.
    Device unused = claimable(device);
    String account = Callers.current().account();
    mustNotHaveTriedMany(wrong.look(account));
    hold();
    Device known = claimable(device);
    // Taken before it is compared: many at once are counted, too.
    mustNotHaveTriedMany(wrong.look(account));
    mustNotHaveTriedMany(tried.take(device.toString()));
    if (!MessageDigest.isEqual(
        hash(device, code),
        Objects.requireNonNull(known.hash()).strip().toLowerCase(Locale.ROOT).getBytes(UTF_8))) {
      Optional<Duration> unusedToo = wrong.take(account);
      throw new RefusedException(
          "This is not the claim code of this device. Read it on the device's label again.");
    }
    Instant now = clock.instant();
    int first =
        jdbc.sql(
                """
                INSERT INTO device_claim (device_id, claimed_at, actor) VALUES (?, ?, ?)
                    ON CONFLICT (device_id) DO NOTHING\
                """)
            .params(device, Timestamp.from(now), Callers.current().name())
            .update();
    if (first == 0) {
      throw claimed(now);
    }
    history.add(device, "claim", known.state(), known.state(), "", Callers.current().name(), now);
  }

  /** A device that has a code nobody has shown, and the caller may work on. */
  private Device claimable(UUID device) {
    Device known = find(device).orElseThrow(() -> new UnknownDeviceException(device));
    Callers.mustSee(Permission.DEVICE_INSTALL, known.factory());
    if (known.building() != null) {
      Callers.mustWorkAt(known.building());
    }
    if (known.state() == DeviceState.RETIRED) {
      throw new RefusedException("This device is retired. Nothing brings it back.");
    }
    if (known.hash() == null) {
      throw new RefusedException("This device has no claim code. Go on without one.");
    }
    if (known.claimedAt() != null) {
      throw claimed(known.claimedAt());
    }
    return known;
  }

  private static void mustNotHaveTriedMany(Optional<Duration> wait) {
    if (wait.isPresent()) {
      throw new RefusedException(
          "Many claim codes were tried. Try again in %d minutes.".formatted(WITHIN.toMinutes()));
    }
  }

  /** A manifest that changes the code does so before it is looked at, or after it was shown. */
  private void hold() {
    try {
      jdbcTemplate.execute("SET LOCAL lock_timeout = " + PATIENCE.toMillis());
      TransactionLock.DEVICE_STATUS.exclusive(jdbcTemplate);
    } catch (PessimisticLockingFailureException e) {
      throw new RefusedException(
          "Devices are being loaded or changed just now. Nothing was changed; try again in a"
              + " minute.");
    }
  }

  private static RefusedException claimed(Instant at) {
    return new RefusedException(
        "The claim code of this device was used on %s, and is good once. If that was not you, tell an operator."
            .formatted(at));
  }

  /** What is said of a device whose code nobody has shown. */
  public static RefusedException missing() {
    return new RefusedException(
        "This device has a claim code on its label, and nobody has given it yet. Give it first.");
  }

  private Optional<Device> find(UUID device) {
    return jdbc.sql(
            """
            SELECT r.factory, r.building, r.attributes ->> :column AS hash, r.state, c.claimed_at
              FROM registry r LEFT JOIN device_claim c USING (device_id) WHERE r.device_id = :device\
            """)
        .param("column", COLUMN)
        .param("device", device)
        .query(
            (row, number) -> {
              Timestamp claimed = row.getTimestamp("claimed_at");
              return new Device(
                  row.getString("factory"),
                  row.getString("building"),
                  row.getString("hash"),
                  DeviceState.valueOf(row.getString("state")),
                  claimed == null ? null : claimed.toInstant());
            })
        .optional();
  }

  /** In hexadecimal digits, of {@code <device id>:<code>}: the same code on two devices is two. */
  private static byte[] hash(UUID device, String code) {
    String plain = code.replaceAll("[\\s-]", "").toUpperCase(Locale.ROOT);
    return HexFormat.of()
        .formatHex(Sha256.digest().digest((device + ":" + plain).getBytes(UTF_8)))
        .getBytes(UTF_8);
  }
}
