package dev.muster.http;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
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
    HttpStatus known = HttpStatus.resolve(status);
    byte[] body =
        "{\"title\":\"%s\",\"status\":%d}"
            .formatted(known == null ? "Error" : known.getReasonPhrase(), status)
            .getBytes(StandardCharsets.US_ASCII);
    response.setContentType(MediaType.APPLICATION_PROBLEM_JSON_VALUE);
    response.setContentLength(body.length);
    try {
      response.getOutputStream().write(body);
      response.finishResponse();
    } catch (IOException e) {
      // Whoever asked has gone.
    }
  }
}
