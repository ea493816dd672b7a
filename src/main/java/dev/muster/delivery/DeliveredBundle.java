package dev.muster.delivery;

import dev.muster.bundle.BundleFile;
import dev.muster.bundle.Purpose;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A bundle that was published.
 *
 * @param files what is there of it: its parts, its receipt, and its report of refused rows
 * @param recipients the age keys that can open its parts
 */
public record DeliveredBundle(Line line, List<BundleFile> files, List<String> recipients) {

  public DeliveredBundle {
    files = List.copyOf(files);
    recipients = List.copyOf(recipients);
  }

  public enum State {
    /** It is on its way to where its factory fetches it; here it can be fetched already. */
    ON_ITS_WAY,
    DELIVERED,
    FETCHED,
    /** Its factory, or an operator, has said that its tokens are in their devices. */
    CONFIRMED
  }

  /**
   * A line of the list.
   *
   * @param publishedAt since when it can be fetched here
   * @param deliveredTo where its factory finds it: a folder, or an address; null: not yet there, or
   *     in the outbox, and that is not told to the factory
   * @param oldTokensEnd when the first of the tokens ends that its own replace; null: they replace
   *     none
   * @param problem why it is not yet there; null: nothing went wrong, or not told to the factory
   * @param confirmedBy who said that its tokens are in their devices; null: nobody yet, or somebody
   *     whose name the factory's account is not told: it sees the factory's and its own
   */
  public record Line(
      int id,
      String factory,
      Purpose purpose,
      String name,
      State state,
      long devices,
      Instant publishedAt,
      Instant tokensExpireAt,
      @Nullable Instant oldTokensEnd,
      @Nullable Instant deliveredAt,
      @Nullable String deliveredTo,
      @Nullable String problem,
      @Nullable Instant fetchedAt,
      @Nullable Instant confirmedAt,
      @Nullable String confirmedBy) {}
}
