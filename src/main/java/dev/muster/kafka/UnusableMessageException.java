package dev.muster.kafka;

/** A message can never become an arrival; says why, and what to send instead. */
final class UnusableMessageException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  UnusableMessageException(String sentence) {
    super(sentence);
  }

  String sentence() {
    return String.valueOf(getMessage());
  }
}
