package dev.muster.signin;

import dev.muster.access.AuditLog;
import dev.muster.access.AuditLog.Entry;
import dev.muster.access.AuditLog.Outcome;
import jakarta.servlet.http.HttpServletRequest;
import java.time.Clock;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.context.event.EventListener;
import org.springframework.security.authentication.event.InteractiveAuthenticationSuccessEvent;
import org.springframework.security.authentication.event.LogoutSuccessEvent;
import org.springframework.security.core.Authentication;
import org.springframework.stereotype.Component;
import org.springframework.web.context.request.RequestContextHolder;
import org.springframework.web.context.request.ServletRequestAttributes;

/** Keeps who came, and went. */
@Component
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
class SignInAudit {

  private final Accounts accounts;
  private final AuditLog audit;
  private final Clock clock;

  SignInAudit(Accounts accounts, AuditLog audit, Clock clock) {
    this.accounts = accounts;
    this.audit = audit;
    this.clock = clock;
  }

  @EventListener
  void on(InteractiveAuthenticationSuccessEvent signedIn) {
    keep(signedIn.getAuthentication(), "sign-in");
  }

  @EventListener
  void on(LogoutSuccessEvent signedOut) {
    keep(signedOut.getAuthentication(), "sign-out");
  }

  private void keep(Authentication authentication, String action) {
    accounts
        .caller(authentication, remoteAddress())
        .ifPresent(
            caller ->
                audit.add(
                    new Entry(
                        clock.instant(),
                        caller.name(),
                        caller.origin(),
                        caller.factory(),
                        action,
                        "",
                        Outcome.DONE,
                        null)));
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
