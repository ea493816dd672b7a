package dev.muster.eventhubs;

import org.apache.qpid.proton.amqp.Symbol;
import org.apache.qpid.proton.amqp.transport.ErrorCondition;

/** Why a link is not opened or not kept, as the service says it on the wire. */
final class Refusal extends Exception {

  private final transient ErrorCondition condition;

  private Refusal(String condition, String description) {
    super(description);
    this.condition = new ErrorCondition(Symbol.valueOf(condition), description);
  }

  ErrorCondition condition() {
    return condition;
  }

  static Refusal unauthorized(String address) {
    return new Refusal(
        "amqp:unauthorized-access",
        "Unauthorized access. No valid token was put for '%s' on this connection."
            .formatted(address));
  }

  static Refusal noSuchEntity(String address) {
    return new Refusal(
        "amqp:not-found", "The messaging entity '%s' could not be found.".formatted(address));
  }

  static Refusal noSuchPartition(String partition, int count) {
    return new Refusal(
        "com.microsoft:argument-out-of-range",
        ("The specified partition '%s' is invalid for an EventHub partition sender or receiver."
                + " It should be between 0 and %d.")
            .formatted(partition, count - 1));
  }

  static Refusal argument(String description) {
    return new Refusal("com.microsoft:argument-error", description);
  }

  static Refusal stolen(String description) {
    return new Refusal("amqp:link:stolen", description);
  }

  static Refusal tooManyReceivers(int limit) {
    return new Refusal(
        "amqp:resource-limit-exceeded",
        ("Exceeded the maximum number of allowed receivers per partition in a consumer group"
                + " which is %d.")
            .formatted(limit));
  }

  static Refusal messageTooLarge(long limit) {
    return new Refusal(
        "amqp:link:message-size-exceeded",
        "The message is larger than the %d bytes this link takes.".formatted(limit));
  }
}
