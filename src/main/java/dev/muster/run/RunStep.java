package dev.muster.run;

/**
 * A step of a job.
 *
 * @param name as Spring Batch and metrics know it
 * @param title what it does, for people
 * @param counts what tells how far it is
 * @param partitioned whether several workers share it, called {@code load:1} and so on
 */
public record RunStep(String name, String title, Counts counts, boolean partitioned) {

  /** What a step counts. */
  public enum Counts {
    /** Nothing that would tell how far it is. */
    NOTHING,
    /** Bytes, while it is at it; nothing of that is kept. */
    BYTES,
    /** Rows that were read, of those of its run's subject. */
    ROWS,
    /** Devices that got a token or were left out, of those of its run's subject. */
    TOKENS
  }

  /** A step of one worker. */
  public static RunStep of(String name, String title, Counts counts) {
    return new RunStep(name, title, counts, false);
  }

  /** A step that several workers share. */
  public static RunStep partitioned(String name, String title, Counts counts) {
    return new RunStep(name, title, counts, true);
  }

  /** Whether what it has done is committed chunk by chunk, and can be counted. */
  public boolean counted() {
    return counts == Counts.ROWS || counts == Counts.TOKENS;
  }
}
