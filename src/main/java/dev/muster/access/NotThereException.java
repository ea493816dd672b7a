package dev.muster.access;

/** What was asked for is not there, or the caller must not see it. */
public class NotThereException extends RefusedException {

  public NotThereException(String sentence) {
    super(sentence);
  }

  /** Of what is numbered. */
  public NotThereException(String kind, long number) {
    this("There is no %s %d.".formatted(kind, number));
  }

  /** Of what has a name. */
  public NotThereException(String kind, String name) {
    this("There is no %s '%s'.".formatted(kind, name));
  }
}
