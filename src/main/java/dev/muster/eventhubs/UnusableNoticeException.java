package dev.muster.eventhubs;

/** A message is no notice; the message says why. */
final class UnusableNoticeException extends Exception {

  UnusableNoticeException(String sentence) {
    super(sentence);
  }

  String sentence() {
    return String.valueOf(getMessage());
  }
}
