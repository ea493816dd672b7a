package dev.muster.run;

/** The instances beside this process. */
public interface OtherInstances {

  /** Whether one of them lives, as far as is known. */
  boolean anyAlive();
}
