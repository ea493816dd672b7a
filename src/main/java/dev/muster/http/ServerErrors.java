package dev.muster.http;

import jakarta.servlet.ServletException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Objects;
import org.apache.catalina.connector.Request;
import org.apache.catalina.connector.Response;
import org.apache.catalina.valves.ErrorReportValve;
import org.apache.coyote.ActionCode;
import org.apache.tomcat.util.net.ApplicationBufferHandler;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;

/**
 * Answers what fails before, behind or outside of the endpoints, such as requests that are none, in
 * the same form as they answer: Tomcat would send a page of HTML.
 */
final class ServerErrors extends ErrorReportValve {

  /** How long the rest of a refused body may take. */
  private static final Duration AT_ONCE = Duration.ofMillis(100);

  private static final ApplicationBufferHandler NOWHERE =
      new ApplicationBufferHandler() {
        @Override
        public void setByteBuffer(ByteBuffer buffer) {}

        @Override
        public ByteBuffer getByteBuffer() {
          return ByteBuffer.allocate(0);
        }

        @Override
        public void expand(int size) {}
      };

  @Override
  protected void report(Request request, Response response, @Nullable Throwable throwable) {
    int status = response.getStatus();
    if (status < HttpStatus.BAD_REQUEST.value()
        || response.getContentWritten() > 0
        || !response.setErrorReported()) {
      return;
    }
    byte[] body = type(status).json();
    response.setContentType(MediaType.APPLICATION_PROBLEM_JSON_VALUE);
    response.setContentLength(body.length);
    try {
      response.getOutputStream().write(body);
      response.finishResponse();
    } catch (IOException e) {
      // Whoever asked has gone.
    }
  }

  private static ProblemType type(int status) {
    HttpStatus known =
        Objects.requireNonNullElse(HttpStatus.resolve(status), HttpStatus.BAD_REQUEST);
    return switch (known) {
      case BAD_REQUEST ->
          new ProblemType(
              "invalid-request",
              known,
              "The request can't be understood",
              "Its address or a header is not well-formed. In an address everything but letters,"
                  + " digits and -._~ is written as %XX of its UTF-8.");
      case UNAUTHORIZED ->
          new ProblemType(
              "not-signed-in", known, "Not signed in", "Sign in, then send the request again.");
      case FORBIDDEN ->
          new ProblemType(
              "not-permitted",
              known,
              "Not permitted",
              "The account may not do that; or the form is older than the session it is sent in:"
                  + " load its page again.");
      case NOT_FOUND -> ProblemType.NOT_FOUND;
      case METHOD_NOT_ALLOWED ->
          new ProblemType(
              "method-not-allowed", known, "This can't be done here", "Use another method.");
      case CONTENT_TOO_LARGE ->
          new ProblemType("too-large", known, "The request is too large", "Send less at once.");
      case REQUEST_HEADER_FIELDS_TOO_LARGE ->
          new ProblemType(
              "header-too-large",
              known,
              "The request's header is too large",
              "Send fewer cookies and a shorter address.");
      default ->
          known.is5xxServerError()
              ? new ProblemType(
                  "internal",
                  known,
                  "Something went wrong",
                  "Muster's log says what. It may work later.")
              : new ProblemType(
                  "invalid-request",
                  known,
                  known.getReasonPhrase(),
                  "The server can't do this. Compare the request with /api/openapi.json.");
    };
  }

  /**
   * What was refused is not waited for: a sender that is slow with the rest of it would hold a
   * thread. What comes at once is taken, so that its sender can read the answer and go on over the
   * same connection; any other connection is closed, and the answer says so where it still can.
   */
  @Override
  public void invoke(Request request, Response response) throws IOException, ServletException {
    super.invoke(request, response);
    org.apache.coyote.Request sent = request.getCoyoteRequest();
    if (response.getStatus() < HttpStatus.BAD_REQUEST.value()
        || request.isAsync()
        || sent.getContentLengthLong() == 0
        || (sent.getContentLengthLong() < 0
            && sent.getMimeHeaders().getHeader("Transfer-Encoding") == null)) {
      return;
    }
    // Not by the servlet's stream, which may be closed by now.
    try {
      int most = 8;
      long until = System.nanoTime() + AT_ONCE.toNanos();
      while (!sent.isFinished() && most > 0 && System.nanoTime() < until) {
        sent.action(ActionCode.AVAILABLE, true);
        if (sent.getAvailable() == 0) {
          Thread.sleep(1); // a client may send its body right behind the head
        } else if (sent.doRead(NOWHERE) < 0) {
          break;
        } else {
          most--;
        }
      }
      if (!sent.isFinished()) {
        if (!response.isCommitted()) {
          response.setHeader(HttpHeaders.CONNECTION, "close");
        }
        sent.action(ActionCode.DISABLE_SWALLOW_INPUT, null);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      sent.action(ActionCode.DISABLE_SWALLOW_INPUT, null);
    } catch (IOException | IllegalStateException e) {
      sent.action(ActionCode.DISABLE_SWALLOW_INPUT, null);
    }
  }
}
