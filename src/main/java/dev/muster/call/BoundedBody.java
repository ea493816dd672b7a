package dev.muster.call;

import java.io.InputStream;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpResponse.BodySubscriber;
import java.net.http.HttpResponse.BodySubscribers;
import java.net.http.HttpTimeoutException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow.Subscription;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Bodies that are not waited for without end. A request's timeout ends with the headers of its
 * answer (until Java 26): whoever sends them and then nothing more was waited for as long as the
 * connection stood. What is late here fails with an {@link HttpTimeoutException}, and its
 * connection is given up.
 */
public final class BoundedBody {

  /** As much of it is read, so that its connection can be used again. */
  private static final long LONGEST_DISCARDED = 64 * 1024;

  private BoundedBody() {}

  /**
   * One that nobody wants to see. What is behind its first 64 KiB is not waited for, and makes its
   * answer no worse.
   *
   * @param call how long all may take, the way to the headers included, from now on
   */
  public static BodyHandler<Void> discarded(Duration call) {
    long until = System.nanoTime() + call.toNanos();
    return answer ->
        new Bounded<>(BodySubscribers.discarding(), LONGEST_DISCARDED, call.toNanos(), until);
  }

  /**
   * As {@link #discarded}, for who wants to see how it begins: its first 64 KiB, about, as UTF-8.
   *
   * @param call how long all may take, the way to the headers included, from now on
   */
  public static BodyHandler<String> beginning(Duration call) {
    long until = System.nanoTime() + call.toNanos();
    return answer ->
        new Bounded<>(
            BodySubscribers.ofString(StandardCharsets.UTF_8),
            LONGEST_DISCARDED,
            call.toNanos(),
            until);
  }

  /**
   * One that is read as it comes, however long its reader takes with what there is.
   *
   * @param silence how long nothing of it may come
   * @param all how long the answer may take, its reader included, from now on
   */
  public static BodyHandler<InputStream> streamed(Duration silence, Duration all) {
    long until = System.nanoTime() + all.toNanos();
    return answer ->
        new Bounded<>(BodySubscribers.ofInputStream(), Long.MAX_VALUE, silence.toNanos(), until);
  }

  private static final class Bounded<T> implements BodySubscriber<T>, Subscription {

    private final BodySubscriber<T> reader;
    private final long longest;
    private final long silence;
    private final long until;
    private @Nullable Subscription connection;
    private CompletableFuture<Void> watch = new CompletableFuture<>();
    private long wanted;
    private long silentSince;
    private long bytes;
    private boolean ended;

    Bounded(BodySubscriber<T> reader, long longest, long silence, long until) {
      this.reader = reader;
      this.longest = longest;
      this.silence = silence;
      this.until = until;
    }

    @Override
    public CompletionStage<T> getBody() {
      return reader.getBody();
    }

    @Override
    public void onSubscribe(Subscription subscription) {
      synchronized (this) {
        connection = subscription;
        silentSince = System.nanoTime();
        watch(silentSince);
      }
      reader.onSubscribe(this);
    }

    @Override
    public void request(long more) {
      Subscription from;
      synchronized (this) {
        if (wanted <= 0) {
          silentSince = System.nanoTime();
        }
        wanted = wanted + more < 0 ? Long.MAX_VALUE : wanted + more;
        from = connection;
      }
      if (from != null) {
        from.request(more);
      }
    }

    @Override
    public void cancel() {
      Subscription from;
      synchronized (this) {
        end();
        from = connection;
      }
      if (from != null) {
        from.cancel();
      }
    }

    @Override
    public void onNext(List<ByteBuffer> part) {
      synchronized (this) {
        if (ended) {
          return;
        }
        wanted = wanted == Long.MAX_VALUE ? wanted : wanted - 1;
        silentSince = System.nanoTime();
        bytes += part.stream().mapToLong(ByteBuffer::remaining).sum();
        reader.onNext(part);
        if (bytes <= longest) {
          return;
        }
        reader.onComplete();
      }
      cancel();
    }

    @Override
    public synchronized void onError(Throwable failure) {
      if (!ended) {
        end();
        reader.onError(failure);
      }
    }

    @Override
    public synchronized void onComplete() {
      if (!ended) {
        end();
        reader.onComplete();
      }
    }

    private void end() {
      ended = true;
      watch.complete(null);
    }

    /** Looks again when it may be late for the first time. */
    private void watch(long now) {
      long next = until - now;
      if (wanted > 0) {
        next = Math.min(next, silentSince + silence - now);
      } else {
        next = Math.min(next, silence);
      }
      watch = new CompletableFuture<>();
      CompletableFuture<Void> unused =
          watch
              .orTimeout(Math.max(next, 1), TimeUnit.NANOSECONDS)
              .exceptionallyAsync(
                  passed -> {
                    look();
                    return null;
                  });
    }

    private void look() {
      synchronized (this) {
        long now = System.nanoTime();
        if (ended) {
          return;
        }
        if (now - until < 0 && (wanted <= 0 || now - silentSince < silence)) {
          watch(now);
          return;
        }
        end();
        reader.onError(new HttpTimeoutException("The answer did not come to its end in time."));
      }
      cancel();
    }
  }
}
