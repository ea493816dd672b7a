package dev.muster.arrival;

import dev.muster.store.Outbox;
import dev.muster.store.Outbox.Folder;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * What a sender is told about its manifest.
 *
 * @param execution the run that decided it; null when it never came to a run
 * @param bundle the folder of the outbox with {@code receipt.json}, {@code rejects.csv} and the
 *     encrypted parts; null unless done
 * @param receipt what was in {@code receipt.json}, when that folder was taken away since; then its
 *     parts were fetched, and there is nothing to bring
 * @param problem why it was refused or failed, as a sentence for its sender; null when done
 * @param toldAt where its sender finds the bundle, or what is said in its place: a folder, or an
 *     address; null before it is told, and when there is nothing to find
 */
public record Answer(
    Verdict verdict,
    @Nullable Long execution,
    @Nullable Folder bundle,
    @Nullable String receipt,
    @Nullable String problem,
    @Nullable URI toldAt) {

  Answer toldAt(@Nullable URI place) {
    return new Answer(verdict, execution, bundle, receipt, problem, place);
  }

  /** The folder that is to be brought; null when there is none, or none any more. */
  public @Nullable Folder brings() {
    return verdict == Verdict.DONE && receipt == null ? bundle : null;
  }

  /**
   * What {@code receipt.json} says; null when it is not done, or nothing was to be brought.
   *
   * @throws IOException when it can't be read now
   */
  public @Nullable String receiptJson() throws IOException {
    if (verdict != Verdict.DONE || bundle == null) {
      return null;
    }
    if (receipt != null) {
      return receipt + "\n";
    }
    try (InputStream in = bundle.open(Outbox.RECEIPT)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
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
