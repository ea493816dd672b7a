package dev.muster.renewal;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What became of a factory's devices whose tokens were to be renewed.
 *
 * @param renewal the renewal's number; null when none was made
 * @param execution the job execution that made it; null when none ran
 * @param status {@code COMPLETED}, {@code FAILED}, {@code STOPPED}; {@code UNDER_WAY}: another
 *     process is at it; {@code FACTORY_REMOVED}, {@code NOTHING_DUE}; {@code DUE}: a dry run
 * @param devices for how many devices it is
 * @param skipped how many devices get none, by the reason: {@code DISABLED}, {@code REVOKED}
 * @param to of a move: how many devices go to which hub, as far as it is known; otherwise empty
 * @param outbox where the bundle is: the key of its folder, until people are told; null when
 *     nothing was delivered
 */
public record RenewalOutcome(
    String factory,
    String purpose,
    @Nullable Integer renewal,
    @Nullable Long execution,
    String status,
    long devices,
    long tokens,
    Map<String, Long> skipped,
    Map<String, Long> to,
    @Nullable String outbox,
    @Nullable String cause) {

  public static final String COMPLETED = "COMPLETED";
  public static final String UNDER_WAY = "UNDER_WAY";
  public static final String FACTORY_REMOVED = "FACTORY_REMOVED";
  public static final String NOTHING_DUE = "NOTHING_DUE";
  public static final String DUE = "DUE";

  /** The same, with where its bundle is found in place of its key. */
  public RenewalOutcome toldAt(String address) {
    return new RenewalOutcome(
        factory, purpose, renewal, execution, status, devices, tokens, skipped, to, address, cause);
  }

  /** Whether its run was stopped, by somebody or by the end of the process. */
  boolean stopped() {
    return status.equals("STOPPED");
  }

  /** Whether all devices that were to get a token have one. */
  public boolean well() {
    return status.equals(COMPLETED) || status.equals(NOTHING_DUE) || status.equals(DUE);
  }
}
