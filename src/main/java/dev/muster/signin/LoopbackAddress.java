package dev.muster.signin;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * Sends who asks for {@code localhost} to 127.0.0.1: the provider for development knows itself and
 * the console by that name only, and a session does not go along from one name to the other.
 */
final class LoopbackAddress extends OncePerRequestFilter {

  @Override
  protected void doFilterInternal(
      HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws ServletException, IOException {
    if (request.getServerName().equals("localhost") && request.getMethod().equals("GET")) {
      String query = request.getQueryString();
      response.sendRedirect(
          "http://127.0.0.1:%d%s%s"
              .formatted(
                  request.getServerPort(),
                  request.getRequestURI(),
                  query == null ? "" : "?" + query));
      return;
    }
    chain.doFilter(request, response);
  }
}
