package dev.muster.signin;

import org.springframework.security.authentication.AuthenticationServiceException;

/** The identity provider can't be asked, so nobody knows whether a token is good. */
final class ProviderAwayException extends AuthenticationServiceException {

  ProviderAwayException(Throwable cause) {
    super("The identity provider can't be asked.", cause);
  }
}
