package dev.muster.exchange;

import dev.muster.access.Audited;
import dev.muster.access.Callers;
import dev.muster.access.Guarded;
import dev.muster.access.Permission;
import dev.muster.access.RateLimit;
import dev.muster.access.RefusedException;
import dev.muster.access.Requires;
import dev.muster.credential.SigningKeys;
import dev.muster.credential.TokenLifetimes;
import dev.muster.credential.sas.FreshTokens;
import dev.muster.credential.sas.FreshTokens.FreshToken;
import dev.muster.factory.Factories;
import dev.muster.factory.Factory;
import dev.muster.registry.ClaimCodes;
import dev.muster.registry.DevicesInService;
import dev.muster.registry.Installations;
import dev.muster.registry.InstalledDevice;
import dev.muster.registry.UnknownDeviceException;
import dev.muster.status.CurrentTokens;
import dev.muster.status.CurrentTokens.Standing;
import dev.muster.status.DeviceState;
import java.time.Clock;
import java.time.Duration;
import java.util.Locale;
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
@EnableConfigurationProperties(TokenRate.class)
public class SingleTokens {

  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final CurrentTokens currentTokens;
  private final Installations installations;
  private final ClaimCodes claims;
  private final DevicesInService service;
  private final Factories factories;
  private final SigningKeys signingKeys;
  private final FreshTokens freshTokens;
  private final RateLimit rate;
  private final Duration lifetime;
  private final TransactionTemplate transaction;
  private final Clock clock;

  SingleTokens(
      CurrentTokens currentTokens,
      Installations installations,
      ClaimCodes claims,
      DevicesInService service,
      Factories factories,
      SigningKeys signingKeys,
      FreshTokens freshTokens,
      TokenLifetimes lifetimes,
      TokenRate rate,
      PlatformTransactionManager transactions,
      Clock clock) {
    this.currentTokens = currentTokens;
    this.installations = installations;
    this.claims = claims;
    this.service = service;
    this.factories = factories;
    this.signingKeys = signingKeys;
    this.freshTokens = freshTokens;
    this.rate = new RateLimit(rate.times(), rate.within());
    this.lifetime = lifetimes.ofSingleTokens();
    this.transaction = new TransactionTemplate(transactions);
    this.clock = clock;
  }

  /** Sees to it that who wants a token may have one, before anything else is done for it. */
  @Requires(value = Permission.TOKEN_ISSUE, audit = "token.issue", readOnly = true)
  public void mustBePermitted(@Audited("device") UUID device) {}

  /** How long a token lives that is made for the device now. */
  @Requires(value = Permission.TOKEN_ISSUE, readOnly = true)
  public Duration lifetime(UUID device) {
    return currentTokens
        .find(device)
        .filter(known -> Callers.current().sees(Permission.TOKEN_ISSUE, known.factory()))
        .map(this::lifetimeOf)
        .orElse(lifetime);
  }

  private Duration lifetimeOf(Standing standing) {
    return factories.find(standing.factory()).map(Factory::tokenLifetime).orElse(lifetime);
  }

  /**
   * Makes a token. It is told once, here, and kept nowhere.
   *
   * @throws UnknownDeviceException when the registry does not know the device
   * @throws RevokedDeviceException when it is revoked
   * @throws TooManyTokensException when the account has got too many
   * @throws RefusedException when the device is out of service, or is being changed for too long
   */
  @Requires(value = Permission.TOKEN_ISSUE, audit = "token.issue")
  public IssuedToken issue(@Audited("device") UUID device) {
    // Without the lock first, so that those who get nothing hold nobody up.
    mustBeInService(known(device, currentTokens.find(device)));
    mayHaveOne(device);
    return made(device);
  }

  /**
   * As {@link #issue}; a revoked device is restored, when the caller may do that, and only once
   * nothing else keeps it from its token.
   */
  @Requires(value = Permission.TOKEN_ISSUE, audit = "token.issue")
  public IssuedToken issueAgain(@Audited("device") UUID device) {
    Standing standing = known(device, currentTokens.find(device));
    if (standing.state() != DeviceState.REVOKED
        || !Callers.current().sees(Permission.DEVICE_REVOKE, standing.factory())) {
      return issue(device);
    }
    mustBeOpen(standing.factory());
    FreshToken unused = fresh(device, standing); // its hub may have been taken away
    mayHaveOne(device);
    service.restore(device, "provisioned again");
    return made(device);
  }

  private void mayHaveOne(UUID device) {
    if (Callers.current().sites() != null) {
      Callers.mustWorkAt(installations.find(device).map(InstalledDevice::building).orElse(null));
    }
    if (claims.wanted(device)) {
      throw ClaimCodes.missing();
    }
    rate.take(Callers.current().account())
        .ifPresent(
            wait -> {
              throw new TooManyTokensException(wait);
            });
  }

  private IssuedToken made(UUID device) {
    try {
      return Objects.requireNonNull(
          transaction.execute(
              status -> make(device, known(device, currentTokens.hold(device, PATIENCE)))));
    } catch (PessimisticLockingFailureException e) {
      throw new RefusedException(
          "This device is being changed just now. No token was made; try again in a minute.");
    }
  }

  private IssuedToken make(UUID device, Standing standing) {
    mustBeInService(standing);
    FreshToken fresh = fresh(device, standing);
    boolean inService =
        currentTokens.given(
            device,
            fresh.expiresAt(),
            fresh.keysAt(),
            clock.instant(),
            standing.state(),
            Callers.current().name());
    if (!inService) {
      Standing goneOut = known(device, currentTokens.find(device));
      mustBeInService(goneOut);
      throw new RefusedException(
          "This device went out of service and is %s again. No token was made; try again."
              .formatted(goneOut.state().name().toLowerCase(Locale.ROOT)));
    }
    return new IssuedToken(
        device,
        fresh.hub().namespace(),
        fresh.hub().eventHub(),
        fresh.token(),
        fresh.expiresAt(),
        standing.state() == DeviceState.REGISTERED);
  }

  private FreshToken fresh(UUID device, Standing standing) {
    return freshTokens.make(
        device, standing.hub(), signingKeys.look(), clock.instant().plus(lifetimeOf(standing)));
  }

  private static Standing known(UUID device, Optional<Standing> found) {
    return found
        .filter(known -> Callers.current().sees(Permission.TOKEN_ISSUE, known.factory()))
        .orElseThrow(() -> new UnknownDeviceException(device));
  }

  private void mustBeInService(Standing standing) {
    switch (standing.state()) {
      case REVOKED -> throw new RevokedDeviceException();
      case RETIRED ->
          throw new RefusedException(
              "This device is retired, for good, and gets no token. Nothing brings it back.");
      case DISABLED ->
          throw new RefusedException("This device is disabled and gets no token. Enable it first.");
      case REGISTERED, PROVISIONED -> mustBeOpen(standing.factory());
    }
  }

  private void mustBeOpen(String factory) {
    factories
        .find(factory)
        .map(found -> found.admission().closed(clock.instant()))
        .ifPresent(
            closed -> {
              throw new RefusedException(
                  "Factory '%s', which brought this device, %s: nobody makes tokens for its devices by hand. No token was made. One that it has stays good, and the device renews it; for another, ask an operator."
                      .formatted(factory, closed));
            });
  }
}
