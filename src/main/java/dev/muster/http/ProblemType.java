package dev.muster.http;

import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ProblemDetail;
import tools.jackson.core.io.JsonStringEncoder;

/**
 * A kind of error that callers can tell by its {@code type}, which stays as it is for good. What
 * only repeats the status code is {@code about:blank}, as RFC 9457 has it, and needs no type.
 *
 * @param name lower-case words and hyphens
 * @param title the same for every error of this type
 * @param detail what to do about it
 */
public record ProblemType(String name, HttpStatus status, String title, String detail) {

  /** Said also where no endpoint is reached. */
  public static final ProblemType NOT_FOUND =
      new ProblemType(
          "not-found",
          HttpStatus.NOT_FOUND,
          "There is no such thing",
          "Check the address and the id.");

  /** Said by whoever was about to write: the web server, a filter, or an endpoint. */
  public static final ProblemType NO_ROOM =
      new ProblemType(
          "no-room",
          HttpStatus.INSUFFICIENT_STORAGE,
          "There is no room for it",
          "Nothing of it was taken. Send the same again later; if it stays so, tell who runs this"
              + " service that a disk of it is full.");

  static final ProblemType BUSY =
      new ProblemType(
          "busy",
          HttpStatus.SERVICE_UNAVAILABLE,
          "Too many requests at once",
          "Try again after Retry-After.");

  /**
   * Answers with an error of this type where no endpoint does.
   *
   * @param response nothing of it was sent yet
   */
  public void answer(HttpServletResponse response) throws IOException {
    response.setStatus(status.value());
    response.setContentType(MediaType.APPLICATION_PROBLEM_JSON_VALUE);
    byte[] body = json();
    response.setContentLength(body.length);
    response.getOutputStream().write(body);
  }

  byte[] json() {
    return "{\"type\":\"urn:muster:problem:%s\",\"title\":%s,\"status\":%d,\"detail\":%s}"
        .formatted(name, quoted(title), status.value(), quoted(detail))
        .getBytes(StandardCharsets.UTF_8);
  }

  private static String quoted(String text) {
    return '"' + String.valueOf(JsonStringEncoder.getInstance().quoteAsCharArray(text)) + '"';
  }

  /** An error of this type. */
  public ProblemDetail problem() {
    ProblemDetail problem = ProblemDetail.forStatusAndDetail(status, detail);
    problem.setType(URI.create("urn:muster:problem:" + name));
    problem.setTitle(title);
    return problem;
  }
}
