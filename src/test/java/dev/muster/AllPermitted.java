package dev.muster;

import dev.muster.access.Caller;
import dev.muster.access.Callers;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Tests call the services as Muster itself, unless they say who calls. */
public final class AllPermitted
    implements BeforeAllCallback, BeforeEachCallback, AfterEachCallback {

  /** The same in a thread of its own, as another process would. */
  public static <T> FutureTask<T> inParallel(Callable<T> work) {
    FutureTask<T> task = new FutureTask<>(() -> Callers.call(Caller.muster("test"), work::call));
    Thread thread = new Thread(task, "another process");
    thread.setDaemon(true);
    thread.start();
    return task;
  }

  @Override
  public void beforeAll(ExtensionContext test) {
    Callers.set(Caller.muster("test"));
  }

  @Override
  public void beforeEach(ExtensionContext test) {
    Callers.set(Caller.muster("test"));
  }

  @Override
  public void afterEach(ExtensionContext test) {
    Callers.set(null);
  }
}
