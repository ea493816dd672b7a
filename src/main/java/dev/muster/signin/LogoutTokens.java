package dev.muster.signin;

import dev.muster.access.RateLimit;
import dev.muster.http.ProblemType;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.security.authentication.AuthenticationServiceException;
import org.springframework.security.oauth2.jwt.JwtException;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * Bounds how many logout tokens of one address can be wrong: to check one, the provider is asked
 * for its keys. Good ones count for nothing, however many a provider ends at once. Says also that
 * the provider is away, so that it may try again.
 */
final class LogoutTokens extends OncePerRequestFilter {

  private static final Logger LOG = LoggerFactory.getLogger(LogoutTokens.class);

  private static final ProblemType TOO_OFTEN =
      new ProblemType(
          "too-many-attempts",
          HttpStatus.TOO_MANY_REQUESTS,
          "Too many wrong logout tokens",
          "Try again after Retry-After, with a logout token of Muster's identity provider.");

  private static final ProblemType NO_LOGOUT_TOKEN =
      new ProblemType(
          "no-logout-token",
          HttpStatus.BAD_REQUEST,
          "This is no logout token",
          "Send one as OpenID Connect Back-Channel Logout 1.0, 2.4, has it.");

  private final RateLimit wrong;

  LogoutTokens(SignInProperties properties) {
    this.wrong = new RateLimit(properties.times(), properties.within());
  }

  @Override
  protected void doFilterInternal(
      HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws ServletException, IOException {
    String remote = request.getRemoteAddr();
    Optional<Duration> wait = wrong.look(remote);
    if (wait.isPresent()) {
      response.setHeader(HttpHeaders.RETRY_AFTER, Long.toString(wait.get().toSeconds() + 1));
      TOO_OFTEN.answer(response);
      return;
    }
    try {
      chain.doFilter(request, response);
    } catch (AuthenticationServiceException e) {
      if (e.getCause() instanceof JwtException) {
        away(remote, response);
      } else {
        // A token of the provider that is no logout token lacks what the check looks at.
        NO_LOGOUT_TOKEN.answer(response);
      }
    } catch (IllegalStateException e) {
      away(remote, response);
    }
    if (HttpStatus.valueOf(response.getStatus()).is4xxClientError()) {
      LOG.warn("sign-out=refused remote={}", remote);
      Optional<Duration> unused = wrong.take(remote);
    }
  }

  private static void away(String remote, HttpServletResponse response) throws IOException {
    LOG.warn("sign-out=no-provider remote={}", remote);
    SignInConfiguration.answerThatProviderIsAway(response);
  }
}
