package dev.muster.signin;

import java.net.URI;
import java.time.Duration;
import java.util.Collection;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.context.annotation.Profile;
import org.springframework.security.oauth2.client.registration.ClientRegistration;
import org.springframework.security.oauth2.client.registration.ClientRegistrations;
import org.springframework.security.oauth2.core.ClientAuthenticationMethod;
import org.springframework.security.oauth2.core.DelegatingOAuth2TokenValidator;
import org.springframework.security.oauth2.jwt.JwtClaimNames;
import org.springframework.security.oauth2.jwt.JwtClaimValidator;
import org.springframework.security.oauth2.jwt.JwtDecoder;
import org.springframework.security.oauth2.jwt.JwtDecoders;
import org.springframework.security.oauth2.jwt.JwtValidators;
import org.springframework.security.oauth2.jwt.NimbusJwtDecoder;
import org.springframework.security.oauth2.jwt.SupplierJwtDecoder;
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
  private final JwtDecoder bearerTokens = new SupplierJwtDecoder(this::decoder);
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

  private JwtDecoder decoder() {
    String issuer = Objects.requireNonNull(properties.issuer()).toString();
    String audience =
        Objects.requireNonNullElseGet(
            properties.audience(), () -> Objects.requireNonNull(properties.clientId()));
    NimbusJwtDecoder decoder = JwtDecoders.fromIssuerLocation(issuer);
    decoder.setJwtValidator(
        new DelegatingOAuth2TokenValidator<>(
            JwtValidators.createDefaultWithIssuer(issuer),
            new JwtClaimValidator<Collection<String>>(
                JwtClaimNames.AUD, all -> all != null && all.contains(audience))));
    return decoder;
  }
}
