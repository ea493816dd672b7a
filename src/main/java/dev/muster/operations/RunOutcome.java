package dev.muster.operations;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How a run of a manifest ended.
 *
 * @param manifest its name
 * @param execution of this run, or of the first one when the manifest was provisioned before
 * @param status {@code COMPLETED}, {@code ALREADY_PROVISIONED}, {@code FAILED}, {@code REFUSED},
 *     {@code STOPPED} …
 * @param rows rows of data; null when the manifest was refused before they were counted
 * @param seconds from the call to its end
 * @param outbox the folder of its bundle; null when nothing was delivered
 * @param cause why it failed, as a sentence
 */
public record RunOutcome(
    String manifest,
    String factory,
    String sha256,
    long execution,
    String status,
    @Nullable Long rows,
    @Nullable Long accepted,
    @Nullable Long rejected,
    Map<String, Long> rejectedByCode,
    double seconds,
    @Nullable String outbox,
    @Nullable String cause) {

  public static final String ALREADY_PROVISIONED = "ALREADY_PROVISIONED";

  /** Whether its bundle lies in the outbox. */
  public boolean delivered() {
    return outbox != null;
  }
}
