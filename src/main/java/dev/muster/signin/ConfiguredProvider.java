package dev.muster.signin;

import java.net.URI;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.context.annotation.Profile;
import org.springframework.security.oauth2.client.registration.ClientRegistration;
import org.springframework.security.oauth2.client.registration.ClientRegistrations;
import org.springframework.security.oauth2.core.ClientAuthenticationMethod;
import org.springframework.security.oauth2.core.OAuth2Error;
import org.springframework.security.oauth2.core.OAuth2TokenValidator;
import org.springframework.security.oauth2.core.OAuth2TokenValidatorResult;
import org.springframework.security.oauth2.jose.jws.SignatureAlgorithm;
import org.springframework.security.oauth2.jwt.Jwt;
import org.springframework.security.oauth2.jwt.JwtClaimNames;
import org.springframework.security.oauth2.jwt.JwtClaimValidator;
import org.springframework.security.oauth2.jwt.JwtDecoder;
import org.springframework.security.oauth2.jwt.JwtIssuerValidator;
import org.springframework.security.oauth2.jwt.JwtTypeValidator;
import org.springframework.security.oauth2.jwt.JwtValidators;
import org.springframework.security.oauth2.jwt.NimbusJwtDecoder;
import org.springframework.stereotype.Component;

/**
 * The organisation's provider. It is asked for its addresses when somebody first signs in, and not
 * when the service starts: manifests go on while it is away.
 */
@Component
@Profile("!dev")
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
class ConfiguredProvider implements Provider {

  private static final Logger LOG = LoggerFactory.getLogger(ConfiguredProvider.class);

  /** Whoever comes while it is away does not all ask it again. */
  private static final Duration AGAIN = Duration.ofSeconds(5);

  private final SignInProperties properties;
  private final JwtDecoder bearerTokens = token -> decoder().decode(token);
  private @Nullable JwtDecoder decoder;
  private @Nullable ClientRegistration client;
  private long failedAt = System.nanoTime() - AGAIN.toNanos();

  ConfiguredProvider(SignInProperties properties) {
    this.properties = properties;
  }

  @Override
  public boolean configured() {
    return properties.issuer() != null;
  }

  @Override
  public Optional<String> issuer() {
    return Optional.ofNullable(properties.issuer()).map(URI::toString);
  }

  @Override
  public synchronized ClientRegistration client() {
    if (client == null) {
      if (System.nanoTime() - failedAt < AGAIN.toNanos()) {
        throw new IllegalStateException("The identity provider did not answer a moment ago.");
      }
      try {
        client = discovered();
      } catch (IllegalArgumentException | IllegalStateException e) {
        failedAt = System.nanoTime();
        LOG.warn("sign-in=no-provider issuer={} cause={}", properties.issuer(), e.getMessage());
        throw new IllegalStateException("The identity provider can't be used.", e);
      }
    }
    return client;
  }

  @Override
  public JwtDecoder bearerTokens() {
    return bearerTokens;
  }

  private ClientRegistration discovered() {
    URI issuer = Objects.requireNonNull(properties.issuer());
    String secret = properties.clientSecret();
    return ClientRegistrations.fromIssuerLocation(issuer.toString())
        .registrationId(REGISTRATION)
        .clientId(Objects.requireNonNull(properties.clientId()))
        .clientSecret(secret)
        .clientAuthenticationMethod(
            secret == null
                ? ClientAuthenticationMethod.NONE
                : ClientAuthenticationMethod.CLIENT_SECRET_BASIC)
        .scope(properties.scopes())
        .userNameAttributeName("sub")
        .build();
  }

  /** Knows the provider's keys as long as the process lives, and asks for new ones when it must. */
  private synchronized JwtDecoder decoder() {
    if (decoder == null) {
      ClientRegistration known = client();
      String audience =
          Objects.requireNonNullElseGet(
              properties.audience(), () -> Objects.requireNonNull(properties.clientId()));
      NimbusJwtDecoder made =
          NimbusJwtDecoder.withJwkSetUri(
                  Objects.requireNonNull(known.getProviderDetails().getJwkSetUri()))
              .jwsAlgorithms(all -> all.addAll(Set.of(SignatureAlgorithm.values())))
              .restOperations(ProviderCalls.template())
              .build();
      JwtTypeValidator types = new JwtTypeValidator("JWT", "at+jwt", "application/at+jwt");
      types.setAllowEmpty(true);
      made.setJwtValidator(
          JwtValidators.createDefaultWithValidators(
              List.<OAuth2TokenValidator<Jwt>>of(
                  new JwtIssuerValidator(Objects.requireNonNull(properties.issuer()).toString()),
                  types,
                  new JwtClaimValidator<Collection<String>>(
                      JwtClaimNames.AUD, all -> all != null && all.contains(audience)),
                  new JwtClaimValidator<String>(
                      JwtClaimNames.SUB, subject -> subject != null && !subject.isBlank()),
                  ConfiguredProvider::noIdToken)));
      decoder = made;
    }
    return decoder;
  }

  /** What tells the console who signed in opens no API, though it is signed by the same. */
  private static OAuth2TokenValidatorResult noIdToken(Jwt token) {
    return token.hasClaim("nonce") || token.hasClaim("at_hash")
        ? OAuth2TokenValidatorResult.failure(
            new OAuth2Error("invalid_token", "This is an ID token, not an access token.", null))
        : OAuth2TokenValidatorResult.success();
  }
}
