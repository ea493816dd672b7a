package dev.muster.home;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** The threads of one service, which begin and end with it. */
public final class ServiceThreads {

  private static final Duration PATIENCE_AT_THE_END = Duration.ofSeconds(10);

  private final List<Thread> threads = new CopyOnWriteArrayList<>();

  /** Starts one. It is to come to its end soon after it was interrupted. */
  public void start(String name, Runnable work) {
    Thread thread = new Thread(work, name);
    threads.add(thread);
    thread.start();
  }

  /** Interrupts all of them, and waits until they have come to their end, for 10 s each. */
  public void end() {
    threads.forEach(Thread::interrupt);
    for (Thread thread : threads) {
      try {
        thread.join(PATIENCE_AT_THE_END.toMillis());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    threads.clear();
  }
}
