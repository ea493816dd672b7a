package dev.muster.signin;

import dev.muster.access.Callers;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.web.filter.OncePerRequestFilter;

/** Says for the time of a request who is calling. */
final class CallerFilter extends OncePerRequestFilter {

  private final Accounts accounts;

  CallerFilter(Accounts accounts) {
    this.accounts = accounts;
  }

  @Override
  protected void doFilterInternal(
      HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws ServletException, IOException {
    Callers.set(
        accounts
            .caller(SecurityContextHolder.getContext().getAuthentication(), request.getRemoteAddr())
            .orElse(null));
    try {
      chain.doFilter(request, response);
    } finally {
      Callers.set(null);
    }
  }

  /** What is answered later, by another thread, has a caller as well. */
  @Override
  protected boolean shouldNotFilterAsyncDispatch() {
    return false;
  }
}
