package dev.muster.run;

import com.fasterxml.jackson.annotation.JsonIgnore;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.batch.core.BatchStatus;
import org.springframework.batch.core.job.JobExecution;

/**
 * How a run ended.
 *
 * @param job its kind's job
 * @param factory whose it is; empty: nobody's in particular
 * @param sha256 of what was run; empty when that is no file
 * @param execution of this run, or of the first one when the manifest was provisioned before
 * @param status {@code COMPLETED}, {@code ALREADY_PROVISIONED}, {@code FAILED}, {@code REFUSED},
 *     {@code STOPPED}, {@code HELD} …
 * @param rows rows of data, or devices that tokens were asked for; null when what was run was
 *     refused before they were counted
 * @param unchanged rows that were in the registry already, with the same values; null when there
 *     can't be any
 * @param updated rows that change a device that was in the registry already; null when there can't
 *     be any
 * @param remarks sentences on what was made of the columns, and on what looks like a mistake
 * @param seconds from the call to its end
 * @param outbox the key of the folder of its bundle or report, and where it is found once people
 *     are told ({@link #toldAt}); null when nothing was delivered
 * @param cause why it failed, as a sentence; null when it did not
 * @param told the same, as whoever sent it is told; null when nobody did, or it is read again
 * @param ending what can come of it now
 */
public record RunOutcome(
    String job,
    String manifest,
    String factory,
    String sha256,
    long execution,
    String status,
    @Nullable Long rows,
    @Nullable Long accepted,
    @Nullable Long unchanged,
    @Nullable Long updated,
    @Nullable Long rejected,
    Map<String, Long> rejectedByCode,
    List<String> remarks,
    double seconds,
    @Nullable String outbox,
    @Nullable String cause,
    @JsonIgnore @Nullable String told,
    Ending ending) {

  /** What can come of it now. */
  public enum Ending {
    /** What it was for is there, or nobody was left to get it. */
    DELIVERED,
    /** A restart can't help: the content is refused, or was taken back. */
    REFUSED,
    /** An operator must decide: too many rejects, held, or stopped. */
    UNDECIDED,
    /** Stopped; a restart continues. */
    STOPPED,
    /** Something must be configured first; then a restart continues. */
    WAITING,
    /** Something was in the way; a restart may help. */
    FAILED
  }

  public static final String ALREADY_PROVISIONED = "ALREADY_PROVISIONED";

  /** The exit code of a run whose content was refused as a whole: a restart can't help. */
  public static final String REFUSED = "REFUSED";

  /** The exit code of a run that was taken back: there is nothing left to restart. */
  public static final String WITHDRAWN = "WITHDRAWN";

  /** The exit code of a run that an operator must decide about: a higher limit, or withdraw. */
  public static final String TOO_MANY_REJECTS = "TOO_MANY_REJECTS";

  /** The exit code of a run that waits for a second person. */
  public static final String HELD = "HELD";

  /** The exit code of a run that needs something that is not configured, such as a hub. */
  public static final String NOT_CONFIGURED = "NOT_CONFIGURED";

  /** The exit code of a run whose content is gone: sent again, it goes on. */
  public static final String CONTENT_GONE = "CONTENT_GONE";

  /** To who sent it: the cause itself may name a path of ours, and they can do nothing about it. */
  public static final String IN_THE_WAY =
      "Something is in the way of it here. The operator sees to it; you need not send it again.";

  /** What is said then is for whoever sent it. */
  private static final Set<String> SAID_TO_SENDERS =
      Set.of(REFUSED, WITHDRAWN, TOO_MANY_REJECTS, HELD, CONTENT_GONE);

  /** Whether its bundle or report lies in the outbox. */
  public boolean delivered() {
    return outbox != null;
  }

  /** The same, with where its folder is found in place of its key. */
  public RunOutcome toldAt(@Nullable String address) {
    return new RunOutcome(
        job,
        manifest,
        factory,
        sha256,
        execution,
        status,
        rows,
        accepted,
        unchanged,
        updated,
        rejected,
        rejectedByCode,
        remarks,
        seconds,
        address,
        cause,
        told,
        ending);
  }

  /** Whether it came to its end; what it then delivered may be nothing. */
  @JsonIgnore
  public boolean done() {
    return status.equals("COMPLETED") || status.equals(ALREADY_PROVISIONED);
  }

  /** What can come of an execution that did not come to its end. */
  public static Ending ending(JobExecution execution) {
    return switch (execution.getExitStatus().getExitCode()) {
      case REFUSED, WITHDRAWN -> Ending.REFUSED;
      case TOO_MANY_REJECTS, HELD -> Ending.UNDECIDED;
      case NOT_CONFIGURED -> Ending.WAITING;
      default -> execution.getStatus() == BatchStatus.STOPPED ? Ending.STOPPED : Ending.FAILED;
    };
  }

  /** Why an execution failed, as a sentence; null when it did not. */
  public static @Nullable String cause(JobExecution execution) {
    String description = execution.getExitStatus().getExitDescription();
    return description.isBlank() ? null : description;
  }

  /** The same, as whoever sent it is told. */
  public static @Nullable String told(JobExecution execution) {
    String cause = cause(execution);
    return cause == null || isSaidToSenders(execution.getExitStatus().getExitCode())
        ? cause
        : IN_THE_WAY;
  }

  /** Whether the cause of a run that ended with this exit code is for whoever sent it. */
  static boolean isSaidToSenders(String exitCode) {
    return SAID_TO_SENDERS.contains(exitCode);
  }

  /** Counts of several kinds, added up. */
  public static long sum(Map<String, Long> counts) {
    return counts.values().stream().mapToLong(Long::longValue).sum();
  }

  /** Seconds since {@link System#nanoTime} was {@code began}. */
  public static double secondsSince(long began) {
    return Math.round((System.nanoTime() - began) / 1e6) / 1e3;
  }
}
