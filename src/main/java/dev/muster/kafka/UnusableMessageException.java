package dev.muster.kafka;

/** A message can never become an arrival; says why, and what to send instead. */
final class UnusableMessageException extends RuntimeException {

  /** How long a sentence may be, whatever the message holds: it goes into a header. */
  private static final int MAX_LENGTH = 1000;

  /** The sentence is cut at 1,000 characters. */
  UnusableMessageException(String sentence) {
    super(sentence.length() <= MAX_LENGTH ? sentence : sentence.substring(0, MAX_LENGTH - 1) + "…");
  }

  String sentence() {
    return String.valueOf(getMessage());
  }
}
