package dev.muster.signin;

import dev.muster.http.ProblemType;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.springframework.http.HttpHeaders;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.security.oauth2.core.oidc.user.OidcUser;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * Refuses forms and files of those who have not signed in, before anything of them is read: whoever
 * looks for a form's secret waits for the whole body first, however slowly it comes.
 */
final class StrangersBodies extends OncePerRequestFilter {

  private static final ProblemType SESSION_ENDED =
      ProblemType.NOT_SIGNED_IN.with("Your session has ended. Sign in, then send it again.");

  @Override
  protected void doFilterInternal(
      HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws ServletException, IOException {
    boolean body =
        request.getContentLengthLong() > 0
            || request.getHeader(HttpHeaders.TRANSFER_ENCODING) != null;
    if (body && !signedIn()) {
      response.setHeader(HttpHeaders.CONNECTION, "close");
      SESSION_ENDED.answer(response);
      return;
    }
    chain.doFilter(request, response);
  }

  private static boolean signedIn() {
    Authentication authentication = SecurityContextHolder.getContext().getAuthentication();
    return authentication != null && authentication.getPrincipal() instanceof OidcUser;
  }
}
