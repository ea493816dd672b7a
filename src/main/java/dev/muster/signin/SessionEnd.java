package dev.muster.signin;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpSession;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.security.oauth2.core.oidc.user.OidcUser;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * Ends sessions that somebody ended, and those that are too old: what an account may do is asked of
 * the provider only when it signs in, and it may have been taken away since.
 */
final class SessionEnd extends OncePerRequestFilter {

  private final Duration longest;
  private final Sessions sessions;
  private final Clock clock;

  SessionEnd(Duration longest, Sessions sessions, Clock clock) {
    this.longest = longest;
    this.sessions = sessions;
    this.clock = clock;
  }

  @Override
  protected void doFilterInternal(
      HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws ServletException, IOException {
    Authentication authentication = SecurityContextHolder.getContext().getAuthentication();
    HttpSession session = request.getSession(false);
    if (session != null
        && authentication != null
        && authentication.getPrincipal() instanceof OidcUser user) {
      Instant since = user.getIssuedAt();
      boolean old = since == null || clock.instant().isAfter(since.plus(longest));
      if (old || !sessions.use(session)) {
        SecurityContextHolder.clearContext();
        if (session.getAttribute(Sessions.ID) instanceof UUID id) {
          sessions.forget(id);
        }
        session.invalidate();
      }
    }
    chain.doFilter(request, response);
  }
}
