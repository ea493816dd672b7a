package dev.muster.api;

import dev.muster.http.ProblemType;
import org.springframework.http.HttpStatus;
import org.springframework.http.ProblemDetail;

/** The kinds of errors that the API answers with. Their types stay as they are for good. */
enum Problem {
  NOT_PERMITTED(
      "not-permitted",
      HttpStatus.FORBIDDEN,
      "Not permitted",
      "The account lacks the permission, or what it asked for belongs to another factory."),
  DEVICE_REVOKED(
      "device-revoked",
      HttpStatus.FORBIDDEN,
      "The device is revoked",
      "Only an account that may revoke devices can bring it back."),
  REFUSED(
      "refused",
      HttpStatus.CONFLICT,
      "It can't be done as things stand",
      "See what was asked for again; it may have changed."),
  NOT_FOUND(ProblemType.NOT_FOUND),
  INVALID_REQUEST(
      "invalid-request",
      HttpStatus.BAD_REQUEST,
      "The request can't be understood",
      "Compare it with /api/openapi.json."),
  METHOD_NOT_ALLOWED(
      "method-not-allowed",
      HttpStatus.METHOD_NOT_ALLOWED,
      "This can't be done here",
      "The header Allow says what can."),
  NOT_ACCEPTABLE(
      "not-acceptable",
      HttpStatus.NOT_ACCEPTABLE,
      "There is no answer of this type",
      "Accept application/json."),
  UNSUPPORTED_MEDIA_TYPE(
      "unsupported-media-type",
      HttpStatus.UNSUPPORTED_MEDIA_TYPE,
      "The body is of another type",
      "Send application/json."),
  TOO_LARGE(ProblemType.TOO_LARGE),
  TOO_MANY_TOKENS(
      "too-many-tokens",
      HttpStatus.TOO_MANY_REQUESTS,
      "Too many tokens in a short time",
      "Wait as long as Retry-After says."),
  TOO_MANY_STREAMS(
      "too-many-streams",
      HttpStatus.TOO_MANY_REQUESTS,
      "Too many streams of events are open",
      "Close one, or wait until one ends; each does after five minutes."),
  KEY_OF_ANOTHER_REQUEST(
      "idempotency-key-reused",
      HttpStatus.UNPROCESSABLE_CONTENT,
      "This Idempotency-Key was of another request",
      "Each request has a key of its own; only its repetitions have the same."),
  BEING_ANSWERED(
      "idempotency-key-in-use",
      HttpStatus.CONFLICT,
      "This request is being answered",
      "It was sent before and has no answer yet. Wait, then repeat it. If that stays so, its answer"
          + " was lost: see how things stand, and send a new request with a key of its own."),
  TOKEN_WAS_TOLD(
      "token-was-told",
      HttpStatus.CONFLICT,
      "This request was answered",
      "Its answer held a token, which is told once and kept nowhere. Send a new request, with a key"
          + " of its own, for another token."),
  NO_ROOM(ProblemType.NO_ROOM),
  INTERNAL(
      "internal",
      HttpStatus.INTERNAL_SERVER_ERROR,
      "Something went wrong",
      "Muster's log says what. It may work later.");

  @SuppressWarnings("ImmutableEnumChecker") // a record of constants
  private final ProblemType type;

  Problem(String name, HttpStatus status, String title, String detail) {
    this(new ProblemType(name, status, title, detail));
  }

  Problem(ProblemType type) {
    this.type = type;
  }

  ProblemType type() {
    return type;
  }

  ProblemDetail problem() {
    return type.problem();
  }

  ProblemDetail problem(String sentence) {
    ProblemDetail problem = type.problem();
    problem.setDetail(sentence);
    return problem;
  }

  static Problem of(int status) {
    for (Problem problem : values()) {
      if (problem.type.status().value() == status
          && problem != DEVICE_REVOKED
          && problem != BEING_ANSWERED
          && problem != TOKEN_WAS_TOLD) {
        return problem;
      }
    }
    return status < HttpStatus.INTERNAL_SERVER_ERROR.value() ? INVALID_REQUEST : INTERNAL;
  }
}
