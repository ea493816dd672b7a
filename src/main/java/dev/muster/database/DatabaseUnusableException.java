package dev.muster.database;

/** Muster can't work on the database that it was given; says why, and what to do. */
public final class DatabaseUnusableException extends RuntimeException {

  private final boolean passing;

  DatabaseUnusableException(String sentence) {
    this(sentence, false);
  }

  DatabaseUnusableException(String sentence, boolean passing) {
    super(sentence);
    this.passing = passing;
  }

  /** Whether it may work in a moment, as it stands. */
  boolean isPassing() {
    return passing;
  }
}
