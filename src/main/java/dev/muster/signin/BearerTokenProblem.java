package dev.muster.signin;

import dev.muster.http.ProblemType;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ProblemDetail;
import org.springframework.security.core.AuthenticationException;
import org.springframework.security.oauth2.server.resource.web.BearerTokenAuthenticationEntryPoint;
import org.springframework.security.web.AuthenticationEntryPoint;
import tools.jackson.databind.json.JsonMapper;

/** Tells a program that it needs a bearer token, as RFC 6750 has it and as a problem (RFC 9457). */
final class BearerTokenProblem implements AuthenticationEntryPoint {

  private static final ProblemType NO_BEARER_TOKEN =
      new ProblemType(
          "not-signed-in",
          HttpStatus.UNAUTHORIZED,
          "No valid bearer token",
          "Get an access token from the identity provider, and send it as Authorization: Bearer …");

  private final BearerTokenAuthenticationEntryPoint header =
      new BearerTokenAuthenticationEntryPoint();

  private final byte[] body;

  BearerTokenProblem() {
    ProblemDetail problem = NO_BEARER_TOKEN.problem();
    body =
        new JsonMapper()
            .writeValueAsString(
                new Body(
                    String.valueOf(problem.getType()),
                    String.valueOf(problem.getTitle()),
                    problem.getStatus(),
                    String.valueOf(problem.getDetail())))
            .getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public void commence(
      HttpServletRequest request, HttpServletResponse response, AuthenticationException why)
      throws IOException {
    header.commence(request, response, why);
    response.setContentType(MediaType.APPLICATION_PROBLEM_JSON_VALUE);
    response.getOutputStream().write(body);
  }

  private record Body(String type, String title, int status, String detail) {}
}
