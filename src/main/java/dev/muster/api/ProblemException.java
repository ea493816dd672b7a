package dev.muster.api;

/** Ends a request with an error of the API. */
final class ProblemException extends RuntimeException {

  private final Problem problem;

  ProblemException(Problem problem, String sentence) {
    super(sentence);
    this.problem = problem;
  }

  static ProblemException invalid(String sentence) {
    return new ProblemException(Problem.INVALID_REQUEST, sentence);
  }

  Problem problem() {
    return problem;
  }

  String sentence() {
    return String.valueOf(getMessage());
  }
}
