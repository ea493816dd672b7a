package dev.muster.signin;

import java.util.Optional;
import org.springframework.security.oauth2.client.registration.ClientRegistration;
import org.springframework.security.oauth2.jwt.JwtDecoder;

/** The identity provider. What it takes to know it is asked for when it is first needed. */
interface Provider {

  String REGISTRATION = "muster";

  boolean configured();

  Optional<String> issuer();

  /**
   * Muster as its client.
   *
   * @throws IllegalStateException when it can't be reached
   */
  ClientRegistration client();

  JwtDecoder bearerTokens();
}
