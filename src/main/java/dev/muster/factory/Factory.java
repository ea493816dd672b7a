package dev.muster.factory;

import dev.muster.bundle.AgeRecipient;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A factory.
 *
 * @param id names its folders too, so it is narrow: lower-case letters, digits and hyphens
 * @param recipients to whom its bundles are encrypted; at least one
 * @param hub the name of the hub its devices go to; null: any, by weight
 * @param signingKey with which it signs what it sends; null: it does not
 * @param anyDevice whether its revocation lists may name other factories' devices too
 */
public record Factory(
    String id,
    List<AgeRecipient> recipients,
    @Nullable String hub,
    @Nullable SigningKey signingKey,
    boolean anyDevice) {

  private static final Pattern ID = Pattern.compile("[a-z0-9][a-z0-9-]{0,63}");

  /** What lies beside the factories' folders. */
  private static final Set<String> RESERVED =
      Set.of("revocations", "deny-list", "nightly", "reconciliation");

  public Factory {
    if (!isId(id)) {
      throw new IllegalArgumentException(idSentence(id));
    }
    if (recipients.isEmpty()) {
      throw new IllegalArgumentException("A factory needs at least one recipient for its bundles.");
    }
    recipients = List.copyOf(recipients);
  }

  /** A factory that does not sign its manifests. */
  public Factory(String id, List<AgeRecipient> recipients, @Nullable String hub) {
    this(id, recipients, hub, null, false);
  }

  /** A factory whose lists name its own devices only. */
  public Factory(
      String id,
      List<AgeRecipient> recipients,
      @Nullable String hub,
      @Nullable SigningKey signingKey) {
    this(id, recipients, hub, signingKey, false);
  }

  public static boolean isId(String id) {
    return ID.matcher(id).matches() && !RESERVED.contains(id);
  }

  /** Says what is wrong with an id that is none. */
  public static String idSentence(String id) {
    return "'%s' can't be a factory's id: it has lower-case letters, digits and hyphens, at most 64, begins with a letter or digit, and is none of revocations, deny-list, nightly and reconciliation."
        .formatted(id);
  }
}
