package dev.muster.arrival;

import dev.muster.store.Outbox.Folder;
import java.net.URI;
import org.jspecify.annotations.Nullable;

/**
 * What a sender is told about its manifest.
 *
 * @param execution the run that decided it; null when it never came to a run
 * @param bundle the folder of the outbox with {@code receipt.json}, {@code rejects.csv} and the
 *     encrypted parts; null unless done
 * @param problem why it was refused or failed, as a sentence; null when done
 * @param toldAt where its sender finds the bundle, or what is said in its place: a folder, or an
 *     address; null before it is told, and when there is nothing to find
 */
public record Answer(
    Verdict verdict,
    @Nullable Long execution,
    @Nullable Folder bundle,
    @Nullable String problem,
    @Nullable URI toldAt) {

  Answer toldAt(@Nullable URI place) {
    return new Answer(verdict, execution, bundle, problem, place);
  }

  public enum Verdict {
    /** Provisioned, now or before: the bundle is there. */
    DONE,
    /** Can never be provisioned as it is. */
    REFUSED,
    /** Needs an operator. It may still become {@link #DONE}. */
    FAILED
  }
}
