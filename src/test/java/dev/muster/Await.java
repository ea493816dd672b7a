package dev.muster;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.function.Predicate;

/** Waits for what is done by others. */
public final class Await {

  private static final long LOOK_EVERY_MILLISECONDS = 50;

  private Await() {}

  /** Asks until the answer is as expected; fails with the last one when it never is. */
  public static <T> T until(Duration patience, Callable<T> question, Predicate<T> expected)
      throws Exception {
    long deadline = System.nanoTime() + patience.toNanos();
    while (true) {
      T answer = question.call();
      if (expected.test(answer)) {
        return answer;
      }
      if (System.nanoTime() > deadline) {
        throw new AssertionError("Still, after " + patience + ": " + answer);
      }
      Thread.sleep(LOOK_EVERY_MILLISECONDS);
    }
  }
}
