package dev.muster.http;

import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
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

  /** Said by the web server and by the sign-in, each with what to do about it there. */
  public static final ProblemType NOT_SIGNED_IN =
      new ProblemType(
          "not-signed-in",
          HttpStatus.UNAUTHORIZED,
          "Not signed in",
          "Sign in, then send the request again.");

  /** Said by the sign-in. */
  public static final ProblemType PROVIDER_AWAY =
      new ProblemType(
          "provider-away",
          HttpStatus.SERVICE_UNAVAILABLE,
          "The identity provider can't be asked",
          "Nobody can say whether the bearer token is good. Muster's log says why; try again after"
              + " Retry-After.");

  /** Said by the sign-in. */
  public static final ProblemType UNUSABLE_ADDRESS =
      new ProblemType(
          "unusable-address",
          HttpStatus.BAD_REQUEST,
          "The address can't be used",
          "It is for another host than this service is known by (muster.http.hosts), or it holds"
              + " ; % / \\ or a control character in a name, encoded or not, or . or .. or an empty"
              + " part. Give the file another name.");

  /** Said by the web server, by filters and by endpoints, each with what to do about it there. */
  public static final ProblemType TOO_LARGE =
      new ProblemType(
          "too-large",
          HttpStatus.CONTENT_TOO_LARGE,
          "The request is too large",
          "Send less at once.");

  static final ProblemType BUSY =
      new ProblemType(
          "busy",
          HttpStatus.SERVICE_UNAVAILABLE,
          "Too many requests at once",
          "Try again after Retry-After.");

  static final ProblemType TOO_SLOW =
      new ProblemType(
          "too-slow",
          HttpStatus.REQUEST_TIMEOUT,
          "The request took too long",
          "The whole body has to come within ten seconds.");

  static final ProblemType HEADER_TOO_LARGE =
      new ProblemType(
          "header-too-large",
          HttpStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
          "The request's header is too large",
          "Send fewer cookies and a shorter address.");

  /** What requests are answered that never come to an endpoint; no endpoint says these. */
  public static final List<ProblemType> BEFORE_ENDPOINTS =
      List.of(NOT_SIGNED_IN, PROVIDER_AWAY, UNUSABLE_ADDRESS, BUSY, TOO_SLOW, HEADER_TOO_LARGE);

  /** The same, with something else to do about it. */
  public ProblemType with(String other) {
    return new ProblemType(name, status, title, other);
  }

  /** As it is told. */
  public URI type() {
    return URI.create("urn:muster:problem:" + name);
  }

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
    return "{\"type\":\"%s\",\"title\":%s,\"status\":%d,\"detail\":%s}"
        .formatted(type(), quoted(title), status.value(), quoted(detail))
        .getBytes(StandardCharsets.UTF_8);
  }

  private static String quoted(String text) {
    return '"' + String.valueOf(JsonStringEncoder.getInstance().quoteAsCharArray(text)) + '"';
  }

  /** An error of this type. */
  public ProblemDetail problem() {
    ProblemDetail problem = ProblemDetail.forStatusAndDetail(status, detail);
    problem.setType(type());
    problem.setTitle(title);
    return problem;
  }
}
