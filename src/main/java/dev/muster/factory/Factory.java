package dev.muster.factory;

import dev.muster.bundle.AgeRecipient;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A factory.
 *
 * @param id names its folders too, so it is narrow: lower-case letters, digits and hyphens
 * @param recipients to whom its bundles are encrypted; at least one
 * @param hub the name of the hub its devices go to; null: any, by weight
 * @param signingKey with which it signs what it sends; null: it does not
 */
public record Factory(
    String id,
    List<AgeRecipient> recipients,
    @Nullable String hub,
    @Nullable SigningKey signingKey) {

  private static final Pattern ID = Pattern.compile("[a-z0-9][a-z0-9-]{0,63}");

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
    this(id, recipients, hub, null);
  }

  public static boolean isId(String id) {
    return ID.matcher(id).matches();
  }

  /** Says what is wrong with an id that is none. */
  public static String idSentence(String id) {
    return "'%s' can't be a factory's id: it has lower-case letters, digits and hyphens, at most 64, and begins with a letter or digit."
        .formatted(id);
  }
}
