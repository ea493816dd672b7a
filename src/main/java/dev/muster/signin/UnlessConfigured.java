package dev.muster.signin;

import org.springframework.security.oauth2.jwt.BadJwtException;
import org.springframework.security.oauth2.jwt.Jwt;
import org.springframework.security.oauth2.jwt.JwtDecoder;
import org.springframework.security.oauth2.jwt.JwtException;

/** Takes no bearer token as long as no provider is configured. */
final class UnlessConfigured implements JwtDecoder {

  private final Provider provider;

  UnlessConfigured(Provider provider) {
    this.provider = provider;
  }

  @Override
  public Jwt decode(String token) {
    if (!provider.configured()) {
      throw new BadJwtException("No identity provider is configured.");
    }
    try {
      return provider.bearerTokens().decode(token);
    } catch (BadJwtException e) {
      throw e;
    } catch (IllegalStateException | JwtException e) {
      throw new ProviderAwayException(e);
    }
  }
}
