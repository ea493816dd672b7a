package dev.muster.home;

/**
 * Something that work under way needs is not configured, here or any more; the message says what.
 * Nothing is wrong with the work: it waits until that is configured again.
 */
public class NotConfiguredException extends IllegalStateException {

  public NotConfiguredException(String sentence) {
    super(sentence);
  }
}
