package dev.muster.access;

/** The caller may not do that; the message says what it lacks. */
public class NotPermittedException extends RuntimeException {

  public NotPermittedException(String message) {
    super(message);
  }

  static NotPermittedException lacking(Caller caller, Permission permission) {
    return new NotPermittedException(
        "%s may not do that: it needs the permission %s."
            .formatted(caller.name(), permission.word()));
  }

  /** The sentence for the person who asked. */
  public String sentence() {
    return String.valueOf(getMessage());
  }
}
