package dev.muster.bundle;

import dev.muster.registry.DeviceRange;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.batch.core.step.StepContribution;
import org.springframework.batch.core.step.StepExecution;

/** What differs between bundles by what they are for. */
public interface BundleContent {

  /** Whether this is about bundles of that purpose; one is. */
  boolean isFor(Purpose purpose);

  /**
   * The devices of a part, in its order, each with the hub that its token is for.
   *
   * @param contribution of the step that makes the part; those left out are counted in it
   */
  DeviceRange devices(Bundle bundle, int part, StepContribution contribution) throws IOException;

  /**
   * Ends a bundle in which no token is left, in the transaction that is under way.
   *
   * @return whether it did; if not, it is delivered without any
   */
  default boolean endedEmpty(Bundle bundle, Instant at) {
    return false;
  }

  /**
   * Writes what else lies in the bundle's folder, and says what its receipt is.
   *
   * @return the receipt as JSON
   */
  String receipt(Bundle bundle, List<Bundle.Part> parts, Path folder, StepExecution step)
      throws IOException;

  /**
   * When the first of the tokens ends that its own replace; null when they replace none. Asked
   * before it is published.
   */
  default @Nullable Instant oldTokensEnd(Bundle bundle) {
    return null;
  }

  /**
   * Writes down what its devices have now that it is published, some at a time: nobody who changes
   * one of them waits for the whole bundle.
   *
   * @return does the next of them in the transaction that is under way, and says whether there were
   *     any; to be repeated, each time in a transaction of its own, until there are none. One that
   *     fails is not asked again
   */
  default Supplier<Boolean> handOver(Bundle bundle, String receipt) {
    return () -> false;
  }

  /** Writes down that it is delivered, in the transaction that is under way. */
  void delivered(Bundle bundle, String outbox, String receipt);

  /** Removes what was needed to make it; done again, it does nothing. */
  default void clean(Bundle bundle, StepExecution step) throws IOException {}
}
