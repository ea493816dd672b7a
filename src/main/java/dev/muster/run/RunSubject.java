package dev.muster.run;

import org.jspecify.annotations.Nullable;

/**
 * What a run is about.
 *
 * @param manifest its number; null when there is none, or it is not received yet
 * @param list the revocation list's number; likewise
 * @param rows of the manifest or list; null until received
 * @param devices how many tokens there are to issue; null until that is known
 */
public record RunSubject(
    @Nullable Integer manifest,
    @Nullable Integer list,
    @Nullable Long rows,
    @Nullable Long devices) {

  /** Nothing is known yet. */
  public static final RunSubject UNKNOWN = new RunSubject(null, null, null, null);
}
