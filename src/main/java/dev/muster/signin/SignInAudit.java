package dev.muster.signin;

import dev.muster.access.AuditLog;
import dev.muster.access.AuditLog.Entry;
import dev.muster.access.AuditLog.Outcome;
import dev.muster.access.Caller;
import dev.muster.access.RateLimit;
import jakarta.servlet.http.HttpServletRequest;
import java.time.Clock;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.context.event.EventListener;
import org.springframework.security.authentication.event.AbstractAuthenticationFailureEvent;
import org.springframework.security.authentication.event.InteractiveAuthenticationSuccessEvent;
import org.springframework.security.authentication.event.LogoutSuccessEvent;
import org.springframework.security.core.Authentication;
import org.springframework.security.oauth2.core.OAuth2AuthenticationException;
import org.springframework.security.oauth2.core.oidc.user.OidcUser;
import org.springframework.security.oauth2.server.resource.authentication.BearerTokenAuthenticationToken;
import org.springframework.stereotype.Component;
import org.springframework.web.context.request.RequestContextHolder;
import org.springframework.web.context.request.ServletRequestAttributes;

/** Keeps who came, and went. */
@Component
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
class SignInAudit {

  private static final Logger LOG = LoggerFactory.getLogger(SignInAudit.class);

  private final Accounts accounts;
  private final AuditLog audit;
  private final Sessions sessions;
  private final ApplicationEventPublisher events;
  private final Clock clock;
  private final RateLimit kept = new RateLimit(20, Duration.ofMinutes(10));

  SignInAudit(
      Accounts accounts,
      AuditLog audit,
      Sessions sessions,
      ApplicationEventPublisher events,
      Clock clock) {
    this.accounts = accounts;
    this.audit = audit;
    this.sessions = sessions;
    this.events = events;
    this.clock = clock;
  }

  @EventListener
  void on(InteractiveAuthenticationSuccessEvent signedIn) {
    accounts
        .caller(signedIn.getAuthentication(), remoteAddress())
        .ifPresent(
            caller -> {
              keep(
                  caller,
                  "sign-in",
                  RequestContextHolder.getRequestAttributes()
                          instanceof ServletRequestAttributes current
                      ? "session="
                          + sessions.begin(
                              current.getRequest(),
                              caller,
                              providerSession(signedIn.getAuthentication()))
                      : "");
              events.publishEvent(new SignedIn(caller));
            });
  }

  private static @Nullable String providerSession(Authentication authentication) {
    return authentication.getPrincipal() instanceof OidcUser user
        ? user.getClaimAsString("sid")
        : null;
  }

  @EventListener
  void on(LogoutSuccessEvent signedOut) {
    accounts
        .caller(signedOut.getAuthentication(), remoteAddress())
        .ifPresent(caller -> keep(caller, "sign-out", ""));
  }

  /**
   * Who it was is not known, and what was shown is not kept. One address fills neither log nor
   * audit: what is beyond that is counted only.
   */
  @EventListener
  void on(AbstractAuthenticationFailureEvent refused) {
    String remote = remoteAddress();
    if (kept.take(remote).isPresent()) {
      return;
    }
    boolean program = refused.getAuthentication() instanceof BearerTokenAuthenticationToken;
    String why =
        refused.getException() instanceof OAuth2AuthenticationException oauth
            ? oauth.getError().getErrorCode()
            : refused.getException().getClass().getSimpleName();
    LOG.warn("sign-in=refused way={} remote={} cause={}", program ? "api" : "console", remote, why);
    audit.add(
        new Entry(
            clock.instant(),
            "unknown",
            "",
            (program ? "api " : "console ") + remote,
            null,
            "sign-in",
            "",
            Outcome.DENIED,
            why));
  }

  private void keep(Caller caller, String action, String subject) {
    audit.add(Entry.by(caller, clock.instant(), action, subject, Outcome.DONE, null));
  }

  private static String remoteAddress() {
    return RequestContextHolder.getRequestAttributes() instanceof ServletRequestAttributes current
        ? remote(current.getRequest())
        : "";
  }

  private static String remote(HttpServletRequest request) {
    return String.valueOf(request.getRemoteAddr());
  }
}
