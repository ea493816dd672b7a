package dev.muster.http;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpServletResponseWrapper;
import java.io.IOException;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * Says in a refusal that the connection ends with it, where the request's body has not come. A
 * client that was not told would send its next request over a connection that is gone.
 */
final class ClosingRefusals extends OncePerRequestFilter {

  @Override
  protected void doFilterInternal(
      HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws ServletException, IOException {
    Object body = request.getAttribute(RefusedBody.class.getName());
    chain.doFilter(
        request, body instanceof RefusedBody refused ? new Telling(response, refused) : response);
  }

  private static final class Telling extends HttpServletResponseWrapper {

    private final RefusedBody body;

    Telling(HttpServletResponse response, RefusedBody body) {
      super(response);
      this.body = body;
    }

    @Override
    public void setStatus(int status) {
      tell(status);
      super.setStatus(status);
    }

    @Override
    public void sendError(int status) throws IOException {
      tell(status);
      super.sendError(status);
    }

    @Override
    public void sendError(int status, String message) throws IOException {
      tell(status);
      super.sendError(status, message);
    }

    private void tell(int status) {
      if (status >= HttpStatus.BAD_REQUEST.value() && !isCommitted() && !body.taken()) {
        setHeader(HttpHeaders.CONNECTION, "close");
      }
    }
  }
}
