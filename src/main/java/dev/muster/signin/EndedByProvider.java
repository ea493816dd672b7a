package dev.muster.signin;

import dev.muster.access.AuditLog;
import dev.muster.access.AuditLog.Entry;
import dev.muster.access.AuditLog.Outcome;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.time.Clock;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.http.HttpHeaders;
import org.springframework.security.core.Authentication;
import org.springframework.security.oauth2.client.oidc.authentication.logout.OidcLogoutToken;
import org.springframework.security.web.authentication.logout.LogoutHandler;
import org.springframework.stereotype.Component;

/**
 * Ends the sessions of whoever has been signed out at the provider, or may not sign in any more
 * (OpenID Connect Back-Channel Logout 1.0). They are rows that every instance asks for, so it does
 * not matter which one is told.
 */
@Component
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
class EndedByProvider implements LogoutHandler {

  private final Sessions sessions;
  private final AuditLog audit;
  private final Clock clock;

  EndedByProvider(Sessions sessions, AuditLog audit, Clock clock) {
    this.sessions = sessions;
    this.audit = audit;
    this.clock = clock;
  }

  @Override
  public void logout(
      HttpServletRequest request,
      HttpServletResponse response,
      @Nullable Authentication authentication) {
    response.setHeader(HttpHeaders.CACHE_CONTROL, "no-store");
    if (authentication != null && authentication.getPrincipal() instanceof OidcLogoutToken token) {
      String issuer = String.valueOf(token.getIssuer());
      int ended = sessions.endOf(issuer, token.getSubject(), token.getSessionId());
      audit.add(
          new Entry(
              clock.instant(),
              "identity provider",
              "",
              "back-channel " + request.getRemoteAddr(),
              null,
              "session.end",
              "account=%s sessions=%d"
                  .formatted(
                      token.getSubject() == null ? "" : issuer + " " + token.getSubject(), ended),
              Outcome.DONE,
              null));
    }
  }
}
