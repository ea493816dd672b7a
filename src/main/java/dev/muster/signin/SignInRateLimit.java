package dev.muster.signin;

import dev.muster.access.RateLimit;
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
import org.springframework.web.filter.OncePerRequestFilter;

/** Bounds how often somebody at one address tries to sign in. */
final class SignInRateLimit extends OncePerRequestFilter {

  private static final Logger LOG = LoggerFactory.getLogger(SignInRateLimit.class);

  private final RateLimit limit;

  SignInRateLimit(SignInProperties properties) {
    limit = new RateLimit(properties.times(), properties.within());
  }

  @Override
  protected boolean shouldNotFilter(HttpServletRequest request) {
    String path = request.getServletPath();
    return !path.startsWith("/oauth2/authorization/")
        && !path.equals("/oauth2/token")
        && !(path.equals(DevelopmentProvider.SIGN_IN) && request.getMethod().equals("POST"));
  }

  @Override
  protected void doFilterInternal(
      HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws ServletException, IOException {
    Optional<Duration> wait = limit.take(request.getRemoteAddr());
    if (wait.isEmpty()) {
      chain.doFilter(request, response);
      return;
    }
    LOG.warn("sign-in=too-often remote={}", request.getRemoteAddr());
    response.setStatus(HttpStatus.TOO_MANY_REQUESTS.value());
    response.setHeader(
        HttpHeaders.RETRY_AFTER, Long.toString(wait.get().plusNanos(999_999_999).toSeconds()));
    request.getRequestDispatcher(SignInPages.TOO_OFTEN).forward(request, response);
  }
}
