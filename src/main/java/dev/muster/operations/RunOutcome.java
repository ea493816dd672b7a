package dev.muster.operations;

import com.fasterxml.jackson.annotation.JsonIgnore;
import java.util.List;
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
 * @param unchanged rows that were in the registry already, with the same values; null when there
 *     can't be any
 * @param remarks sentences on what was made of the columns, and on what looks like a mistake
 * @param seconds from the call to its end
 * @param outbox the folder of its bundle; null when nothing was delivered
 * @param cause why it failed, as a sentence
 * @param ending what can come of it now
 */
public record RunOutcome(
    String manifest,
    String factory,
    String sha256,
    long execution,
    String status,
    @Nullable Long rows,
    @Nullable Long accepted,
    @Nullable Long unchanged,
    @Nullable Long rejected,
    Map<String, Long> rejectedByCode,
    List<String> remarks,
    double seconds,
    @Nullable String outbox,
    @Nullable String cause,
    @JsonIgnore Ending ending) {

  /** What can come of it now. */
  public enum Ending {
    /** The bundle is there. */
    DELIVERED,
    /** A restart can't help: the content is refused, or was taken back. */
    REFUSED,
    /** An operator must decide: too many rejects, or stopped. */
    UNDECIDED,
    /** Stopped; a restart continues. */
    STOPPED,
    /** Something was in the way; a restart may help. */
    FAILED
  }

  public static final String ALREADY_PROVISIONED = "ALREADY_PROVISIONED";

  /** Whether its bundle lies in the outbox. */
  public boolean delivered() {
    return outbox != null;
  }
}
