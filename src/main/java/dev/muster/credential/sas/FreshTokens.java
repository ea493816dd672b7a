package dev.muster.credential.sas;

import dev.muster.credential.SigningKeys;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.UUID;
import org.springframework.stereotype.Component;

/** Makes tokens one by one, with the key that is in use. */
@Component
public class FreshTokens {

  private final Hubs hubs;
  private final SigningKeys signingKeys;
  private final Clock clock;

  FreshTokens(Hubs hubs, SigningKeys signingKeys, Clock clock) {
    this.hubs = hubs;
    this.signingKeys = signingKeys;
    this.clock = clock;
  }

  /**
   * A token that was just made, and is kept nowhere.
   *
   * @param hub for which it is good
   * @param keysAt as of which change of keys it is signed, see {@link SigningKeys}
   */
  public record FreshToken(UUID device, Hub hub, int keysAt, String token, Instant expiresAt) {

    /** Without the token. */
    @Override
    public String toString() {
      return "FreshToken[" + device + ", " + expiresAt + "]";
    }
  }

  /** Makes a device's token for this hub; while keys are held, see {@link SigningKeys#hold()}. */
  public FreshToken make(UUID device, String hubName, Duration lifetime) {
    Hub hub = hubs.byName(hubName);
    int keysAt = signingKeys.now();
    DeviceTokens tokens =
        hub.issuer(
            signingKeys.of(hubName, keysAt),
            clock.instant().plus(lifetime).truncatedTo(ChronoUnit.SECONDS));
    return new FreshToken(device, hub, keysAt, tokens.token(device), tokens.expiresAt());
  }
}
