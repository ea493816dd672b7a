package dev.muster.signin;

import dev.muster.http.ProblemType;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.springframework.security.core.AuthenticationException;
import org.springframework.security.oauth2.server.resource.web.BearerTokenAuthenticationEntryPoint;
import org.springframework.security.web.AuthenticationEntryPoint;

/** Tells a program that it needs a bearer token, as RFC 6750 has it and as a problem (RFC 9457). */
final class BearerTokenProblem implements AuthenticationEntryPoint {

  private static final ProblemType NO_BEARER_TOKEN =
      ProblemType.NOT_SIGNED_IN.with(
          "Get an access token from the identity provider, and send it as Authorization: Bearer …");

  private final BearerTokenAuthenticationEntryPoint header =
      new BearerTokenAuthenticationEntryPoint();

  @Override
  public void commence(
      HttpServletRequest request, HttpServletResponse response, AuthenticationException why)
      throws IOException {
    header.commence(request, response, why);
    NO_BEARER_TOKEN.answer(response);
  }
}
