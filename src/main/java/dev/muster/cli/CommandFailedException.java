package dev.muster.cli;

/**
 * The command can't do what was asked; the message is the sentence that the person at the terminal
 * reads.
 */
final class CommandFailedException extends RuntimeException {

  private static final long serialVersionUID = 1;

  CommandFailedException(String message) {
    super(message);
  }
}
