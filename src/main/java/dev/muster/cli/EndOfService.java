package dev.muster.cli;

import java.util.concurrent.CountDownLatch;
import org.springframework.context.ApplicationListener;
import org.springframework.context.event.ContextClosedEvent;
import org.springframework.stereotype.Component;

/** Lets a command wait until the process is asked to end. */
@Component
final class EndOfService implements ApplicationListener<ContextClosedEvent> {

  private final CountDownLatch closed = new CountDownLatch(1);

  void await() throws InterruptedException {
    closed.await();
  }

  @Override
  public void onApplicationEvent(ContextClosedEvent event) {
    closed.countDown();
  }
}
