package dev.muster.database;

/** Muster can't work on the database that it was given; says why, and what to do. */
public final class DatabaseUnusableException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  DatabaseUnusableException(String sentence) {
    super(sentence);
  }
}
