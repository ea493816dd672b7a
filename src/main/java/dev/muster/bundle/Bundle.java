package dev.muster.bundle;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Tokens for devices of one factory, that it gets in one folder.
 *
 * @param recipients to whom its parts are encrypted: fixed when it is begun, and again when the
 *     factory's keys are changed before it is published
 * @param keysAt as of which change of keys its tokens are signed, see {@link
 *     dev.muster.credential.SigningKeys}
 * @param tokensExpireAt when its tokens end, whole seconds; set anew when they would have ended
 *     before it is published
 * @param tokenLifetime how long its tokens were to live
 * @param devices for how many devices it was begun
 * @param remarks what became different while it was made, as sentences
 * @param publishingAt from when on it may be in somebody's hands; null: it certainly is not
 * @param deliveredAt when it was written down that it is delivered
 * @param outbox the key of the folder it was published to; null before
 * @param receipt as JSON; null before {@code publishingAt}
 * @param oldTokensEnd when the first of the tokens ends that its own replace; null: they replace
 *     none, or it is not published
 * @param givenUpAt when it was withdrawn, abandoned, or found to be for nobody
 */
public record Bundle(
    int id,
    String factory,
    Purpose purpose,
    String name,
    List<AgeRecipient> recipients,
    int keysAt,
    Instant tokensExpireAt,
    Duration tokenLifetime,
    int parts,
    long devices,
    List<String> remarks,
    Instant begunAt,
    @Nullable Instant publishingAt,
    @Nullable Instant deliveredAt,
    @Nullable String outbox,
    @Nullable String receipt,
    @Nullable Instant oldTokensEnd,
    @Nullable Instant givenUpAt) {

  public Bundle {
    recipients = List.copyOf(recipients);
    remarks = List.copyOf(remarks);
  }

  /** What it is to become, when it is begun. */
  public record Plan(
      String factory,
      Purpose purpose,
      String name,
      int keysAt,
      Instant tokensExpireAt,
      Duration tokenLifetime,
      int parts,
      long devices) {}

  /**
   * One finished part: an encrypted file.
   *
   * @param part its number, counted from 1
   * @param staged its name until the bundle is published: each execution writes files of its own
   */
  public record Part(
      int part,
      String name,
      String staged,
      String sha256,
      long bytes,
      long devices,
      List<AgeRecipient> recipients,
      Instant tokensExpireAt) {

    public Part {
      recipients = List.copyOf(recipients);
    }

    public Receipt.Part shown() {
      return new Receipt.Part(name, sha256, bytes, devices);
    }
  }

  public boolean delivered() {
    return deliveredAt != null;
  }

  /** Whether it may be in somebody's hands, or was, without that being written down yet. */
  boolean published() {
    return publishingAt != null;
  }

  Bundle with(List<AgeRecipient> newRecipients, Instant newExpiry, List<String> newRemarks) {
    return new Bundle(
        id,
        factory,
        purpose,
        name,
        newRecipients,
        keysAt,
        newExpiry,
        tokenLifetime,
        parts,
        devices,
        newRemarks,
        begunAt,
        publishingAt,
        deliveredAt,
        outbox,
        receipt,
        oldTokensEnd,
        givenUpAt);
  }
}
