package dev.muster.operations;

import dev.muster.access.Audited;
import dev.muster.access.Callers;
import dev.muster.access.Guarded;
import dev.muster.access.Permission;
import dev.muster.access.RateLimit;
import dev.muster.access.RefusedException;
import dev.muster.access.Requires;
import dev.muster.operations.SingleTokenProperties.Rate;
import dev.muster.operations.SingleTokenProperties.Technician;
import dev.muster.provisioning.ProvisioningProperties;
import dev.muster.registry.CurrentTokens;
import dev.muster.registry.CurrentTokens.Standing;
import dev.muster.registry.DeviceState;
import dev.muster.registry.SigningKeys;
import dev.muster.registry.UnknownDeviceException;
import dev.muster.token.DeviceTokens;
import dev.muster.token.Hub;
import dev.muster.token.Hubs;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.dao.PessimisticLockingFailureException;
import org.springframework.stereotype.Component;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Gives people a device's token: its first one, or a new one beside those that it has, which stay
 * good until they end.
 */
@Guarded
@Component
@EnableConfigurationProperties({Technician.class, Rate.class})
public class SingleTokens {

  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final Hubs hubs;
  private final CurrentTokens currentTokens;
  private final SigningKeys signingKeys;
  private final RateLimit rate;
  private final Duration lifetime;
  private final TransactionTemplate transaction;
  private final Clock clock;

  SingleTokens(
      Hubs hubs,
      CurrentTokens currentTokens,
      SigningKeys signingKeys,
      Technician properties,
      Rate rate,
      ProvisioningProperties provisioning,
      PlatformTransactionManager transactions,
      Clock clock) {
    this.hubs = hubs;
    this.currentTokens = currentTokens;
    this.signingKeys = signingKeys;
    this.rate = new RateLimit(rate.times(), rate.within());
    Duration own = properties.tokenLifetime();
    this.lifetime = own == null ? provisioning.tokenLifetime() : own;
    this.transaction = new TransactionTemplate(transactions);
    this.clock = clock;
  }

  /** How long the tokens live that are made now. */
  @Requires(value = Permission.TOKEN_ISSUE, readOnly = true)
  public Duration lifetime() {
    return lifetime;
  }

  /**
   * Makes a token. It is told once, here, and kept nowhere.
   *
   * @throws UnknownDeviceException when the registry does not know the device
   * @throws TooManyTokensException when the account has got too many
   * @throws RefusedException when the device is out of service, or devices are being loaded or
   *     changed for too long
   */
  @Requires(value = Permission.TOKEN_ISSUE, audit = "token.issue")
  public IssuedToken issue(@Audited("device") UUID device) {
    // Without the lock first, so that those who get nothing hold nobody up.
    DeviceState unused = entitled(device, currentTokens.find(device)).state();
    rate.take(Callers.current().account())
        .ifPresent(
            wait -> {
              throw new TooManyTokensException(wait);
            });
    try {
      return Objects.requireNonNull(
          transaction.execute(
              status -> make(device, entitled(device, currentTokens.hold(device, PATIENCE)))));
    } catch (PessimisticLockingFailureException e) {
      throw new RefusedException(
          "Devices are being loaded or changed just now. No token was made; try again in a"
              + " minute.");
    }
  }

  private IssuedToken make(UUID device, Standing standing) {
    Instant now = clock.instant();
    Hub hub = hubs.byName(standing.hub());
    int keysAt = signingKeys.now();
    DeviceTokens tokens =
        new DeviceTokens(
            hub,
            hub.key(signingKeys.of(hub.name(), keysAt)),
            now.plus(lifetime).truncatedTo(ChronoUnit.SECONDS));
    currentTokens.given(
        device, tokens.expiresAt(), keysAt, now, standing.state(), Callers.current().name());
    return new IssuedToken(
        device,
        hub.namespace(),
        hub.eventHub(),
        tokens.token(device),
        tokens.expiresAt(),
        standing.state() == DeviceState.REGISTERED);
  }

  private static Standing entitled(UUID device, Optional<Standing> found) {
    Standing standing =
        found
            .filter(known -> Callers.current().sees(Permission.TOKEN_ISSUE, known.factory()))
            .orElseThrow(() -> new UnknownDeviceException(device));
    switch (standing.state()) {
      case REVOKED ->
          throw new RefusedException(
              "This device is revoked and gets no token. Somebody who may revoke devices can"
                  + " restore it.");
      case DISABLED ->
          throw new RefusedException("This device is disabled and gets no token. Enable it first.");
      case REGISTERED, PROVISIONED -> {}
    }
    return standing;
  }
}
