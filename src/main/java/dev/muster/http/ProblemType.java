package dev.muster.http;

import java.net.URI;
import org.springframework.http.HttpStatus;
import org.springframework.http.ProblemDetail;

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

  /** An error of this type. */
  public ProblemDetail problem() {
    ProblemDetail problem = ProblemDetail.forStatusAndDetail(status, detail);
    problem.setType(URI.create("urn:muster:problem:" + name));
    problem.setTitle(title);
    return problem;
  }
}
