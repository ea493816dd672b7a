package dev.muster.run;

/** What was sent can't be run, and what the history says of it is for operators. */
public final class NotRunnableException extends OperationRefusedException {

  NotRunnableException(String message) {
    super(message);
  }
}
