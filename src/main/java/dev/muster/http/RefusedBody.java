package dev.muster.http;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import org.apache.coyote.ActionCode;
import org.apache.coyote.Request;
import org.apache.tomcat.util.net.ApplicationBufferHandler;

/**
 * What is left of the body of a request that is refused. It is not waited for: a sender that is
 * slow with it would hold a thread. What comes at once is taken, so that its sender can read the
 * answer and go on over the same connection.
 */
final class RefusedBody {

  private static final Duration AT_ONCE = Duration.ofMillis(100);

  private static final int MOST_READS = 8;

  private final Request sent;
  private boolean waited;

  RefusedBody(Request sent) {
    this.sent = sent;
  }

  /** Whether all of it has come; if not, the connection must be closed behind the answer. */
  boolean taken() {
    if (!waited && !none()) {
      waited = true;
      take();
    }
    return none() || sent.isFinished();
  }

  /** Has the connection closed behind the answer, without waiting for the rest. */
  void leave() {
    sent.action(ActionCode.DISABLE_SWALLOW_INPUT, null);
  }

  private boolean none() {
    return sent.getContentLengthLong() == 0
        || (sent.getContentLengthLong() < 0
            && sent.getMimeHeaders().getHeader("Transfer-Encoding") == null);
  }

  // Not by the servlet's stream, which may be closed by now.
  private void take() {
    Dropped dropped = new Dropped();
    try {
      long until = System.nanoTime() + AT_ONCE.toNanos();
      for (int reads = 0; reads < MOST_READS && !sent.isFinished(); ) {
        sent.action(ActionCode.AVAILABLE, true);
        if (sent.getAvailable() > 0) {
          if (sent.doRead(dropped) < 0) {
            return;
          }
          reads++;
        } else if (System.nanoTime() < until) {
          Thread.sleep(1); // a client may send its body right behind the head
        } else {
          return;
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (IOException | IllegalStateException e) {
      // its sender is gone, and so is the rest
    }
  }

  /** Where Tomcat puts what it reads; it looks at it once more itself. */
  private static final class Dropped implements ApplicationBufferHandler {

    private ByteBuffer buffer = ByteBuffer.allocate(0);

    @Override
    public void setByteBuffer(ByteBuffer buffer) {
      this.buffer = buffer;
    }

    @Override
    public ByteBuffer getByteBuffer() {
      return buffer;
    }

    @Override
    public void expand(int size) {}
  }
}
