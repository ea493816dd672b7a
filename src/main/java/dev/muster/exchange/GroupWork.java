package dev.muster.exchange;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Does together what comes at the same time: one of those who ask works for all who wait by then,
 * and hands on to the next who waits. There is no timer and no thread of its own: whoever comes
 * while there is room is served at once, alone, and whoever began finishes.
 *
 * @param <Q> what is asked
 * @param <A> what comes of it
 */
final class GroupWork<Q, A> {

  private static final int MOST_WAITING = 1024;

  private final int atOnce;
  private final int together;
  private final Function<List<Q>, List<A>> work;

  /** Those whose turn has not come, the first of them first; the lock is its own. */
  private final ArrayDeque<Waiting<Q, A>> waiting = new ArrayDeque<>();

  private int atWork;

  /**
   * @param atOnce how many groups are worked on at the same time
   * @param together how many there are in a group, at most
   * @param work answers in the order of the questions; what it throws, all of the group get
   */
  GroupWork(int atOnce, int together, Function<List<Q>, List<A>> work) {
    this.atOnce = atOnce;
    this.together = together;
    this.work = work;
  }

  /**
   * @param next what it does when its turn has come: take its answer, or work for its group
   */
  private record Waiting<Q, A>(Q question, CompletableFuture<Supplier<A>> next) {
    void does(Supplier<A> now) {
      boolean unused = next.complete(now);
    }
  }

  /**
   * Asks, and waits for the answer.
   *
   * @param patience how long until its turn; once that has come, the answer is waited for
   * @throws TimeoutException when its turn did not come, or too many wait already
   */
  A ask(Q question, Duration patience) throws InterruptedException, TimeoutException {
    Waiting<Q, A> mine = new Waiting<>(question, new CompletableFuture<>());
    synchronized (waiting) {
      if (atWork < atOnce) {
        atWork++;
        mine.does(() -> workFor(mine));
      } else if (waiting.size() < MOST_WAITING) {
        waiting.add(mine);
      } else {
        throw new TimeoutException("Too many wait already.");
      }
    }
    boolean interrupted = false;
    try {
      return mine.next().get(patience.toMillis(), TimeUnit.MILLISECONDS).get();
    } catch (InterruptedException | TimeoutException e) {
      synchronized (waiting) {
        if (waiting.remove(mine)) {
          throw e;
        }
      }
      // Its turn has come, and others may depend on it
      interrupted = e instanceof InterruptedException;
      return mine.next().join().get();
    } catch (ExecutionException e) {
      throw new IllegalStateException(e);
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private A workFor(Waiting<Q, A> first) {
    List<Waiting<Q, A>> group = new ArrayList<>(List.of(first));
    synchronized (waiting) {
      while (group.size() < together && !waiting.isEmpty()) {
        group.add(waiting.remove());
      }
    }
    List<Waiting<Q, A>> others = group.subList(1, group.size());
    List<A> answers;
    try {
      answers = work.apply(group.stream().map(Waiting::question).toList());
    } catch (RuntimeException | Error e) {
      others.forEach(
          other ->
              other.does(
                  () -> {
                    throw e;
                  }));
      throw e;
    } finally {
      handOn();
    }
    for (int i = 0; i < others.size(); i++) {
      A answer = answers.get(i + 1);
      others.get(i).does(() -> answer);
    }
    return answers.get(0);
  }

  private void handOn() {
    synchronized (waiting) {
      Waiting<Q, A> next = waiting.poll();
      if (next == null) {
        atWork--;
      } else {
        next.does(() -> workFor(next));
      }
    }
  }
}
