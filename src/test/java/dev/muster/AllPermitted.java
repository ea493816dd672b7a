package dev.muster;

import dev.muster.access.Caller;
import dev.muster.access.Callers;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Tests call the services as Muster itself, unless they say who calls. */
public final class AllPermitted
    implements BeforeAllCallback, BeforeEachCallback, AfterEachCallback {

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
