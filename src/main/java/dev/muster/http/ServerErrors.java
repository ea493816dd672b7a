package dev.muster.http;

import jakarta.servlet.ServletException;
import java.io.IOException;
import java.util.Objects;
import org.apache.catalina.connector.Request;
import org.apache.catalina.connector.Response;
import org.apache.catalina.valves.ErrorReportValve;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;

/**
 * Answers what fails before, behind or outside of the endpoints, such as requests that are none, in
 * the same form as they answer: Tomcat would send a page of HTML.
 */
final class ServerErrors extends ErrorReportValve {

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
      case UNAUTHORIZED -> ProblemType.NOT_SIGNED_IN;
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
      case CONTENT_TOO_LARGE -> ProblemType.TOO_LARGE;
      case REQUEST_HEADER_FIELDS_TOO_LARGE -> ProblemType.HEADER_TOO_LARGE;
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

  /** See {@link ClosingRefusals}; this is for answers that no filter saw, too. */
  @Override
  public void invoke(Request request, Response response) throws IOException, ServletException {
    RefusedBody body = new RefusedBody(request.getCoyoteRequest());
    request.setAttribute(RefusedBody.class.getName(), body);
    super.invoke(request, response);
    if (response.getStatus() >= HttpStatus.BAD_REQUEST.value()
        && !request.isAsync()
        && !body.taken()) {
      body.leave();
    }
  }
}
