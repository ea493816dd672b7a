package dev.muster.factory;

import dev.muster.bundle.AgeRecipient;
import dev.muster.language.Language;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A factory.
 *
 * @param id names its folders too, so it is narrow: lower-case letters, digits and hyphens
 * @param recipients to whom its bundles are encrypted; 1 to {@value AgeRecipient#MOST}
 * @param hubs the names of the hubs among which its devices are put; none: any
 * @param signingKeys with one of which it signs what it sends: one, or two while it changes over;
 *     none: it does not sign
 * @param anyDevice whether its revocation lists may name other factories' devices too
 * @param maxRejects how many rows of its manifests may be refused when nobody says: {@code 100},
 *     {@code 2.5%}; null: as configured for all
 * @param tokenLifetime how long its devices' tokens live when nobody says; null: as configured for
 *     all
 * @param deliver where its bundles are brought; null: where it last sent
 * @param ceiling how many devices a revocation list of it may take out of service on one person's
 *     word; null: as configured for all
 * @param updates whether its manifests change its devices that are there, when nobody says
 * @param contact whom operators ask about it; null: nobody said
 * @param contactLanguage of mails to its contact; null: English
 * @param admission until when new devices of it are taken, and how many
 */
public record Factory(
    String id,
    List<AgeRecipient> recipients,
    List<String> hubs,
    List<SigningKey> signingKeys,
    boolean anyDevice,
    @Nullable String maxRejects,
    @Nullable Duration tokenLifetime,
    @Nullable DeliveryPlace deliver,
    @Nullable Ceiling ceiling,
    boolean updates,
    @Nullable String contact,
    @Nullable Language contactLanguage,
    Admission admission) {

  private static final Pattern ID = Pattern.compile("[a-z0-9][a-z0-9-]{0,63}");

  private static final Pattern REJECTS = Pattern.compile("\\d{1,12}|(\\d{1,2}(\\.\\d{1,6})?|100)%");

  private static final int MOST_SIGNING_KEYS = 2;

  private static final int LONGEST_CONTACT = 200;

  private static final Duration SHORTEST = Duration.ofMinutes(1);
  private static final Duration LONGEST = Duration.ofDays(3660);

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
    if (recipients.size() > AgeRecipient.MOST) {
      throw new IllegalArgumentException(
          "A bundle can be encrypted to %d recipients at most, and these are %,d."
              .formatted(AgeRecipient.MOST, recipients.size()));
    }
    if (signingKeys.size() > MOST_SIGNING_KEYS) {
      throw new IllegalArgumentException(
          "A factory has %d signing keys at most, the second for the time in which it changes over, and these are %,d."
              .formatted(MOST_SIGNING_KEYS, signingKeys.size()));
    }
    if (maxRejects != null && !REJECTS.matcher(maxRejects).matches()) {
      throw new IllegalArgumentException(
          "'%s' is no limit of rejects: give a whole number of rows, such as 100, or a percentage from 0%% to 100%%, such as 5%%."
              .formatted(maxRejects));
    }
    if (tokenLifetime != null && !isTokenLifetime(tokenLifetime)) {
      throw new IllegalArgumentException(tokenLifetimeSentence(tokenLifetime.toString()));
    }
    if (contact != null
        && (contact.isBlank()
            || contact.length() > LONGEST_CONTACT
            || contact.codePoints().anyMatch(Character::isISOControl))) {
      throw new IllegalArgumentException(
          "A contact is a name, an address or a telephone number on one line, of at most %d characters."
              .formatted(LONGEST_CONTACT));
    }
    recipients = List.copyOf(recipients);
    hubs = hubs.stream().distinct().toList();
    signingKeys = List.copyOf(signingKeys);
  }

  /** A factory of which nothing else was said. */
  public Factory(String id, List<AgeRecipient> recipients, @Nullable String hub) {
    this(
        id,
        recipients,
        hub == null ? List.of() : List.of(hub),
        List.of(),
        false,
        null,
        null,
        null,
        null,
        false,
        null,
        null,
        Admission.OPEN);
  }

  /** Where its devices are put, in words. */
  public String hubsWords() {
    return hubs.isEmpty() ? "any hub" : "hub " + String.join(", ", hubs);
  }

  /** Whether nothing unsigned is taken from it. */
  public boolean signs() {
    return !signingKeys.isEmpty();
  }

  public static boolean isId(String id) {
    return ID.matcher(id).matches() && !RESERVED.contains(id);
  }

  /** Says what is wrong with an id that is none. */
  public static String idSentence(String id) {
    return "'%s' can't be a factory's id: it has lower-case letters, digits and hyphens, at most 64, begins with a letter or digit, and is none of revocations, deny-list, nightly and reconciliation."
        .formatted(id);
  }

  /** Whether somebody may say that tokens live so long. */
  public static boolean isTokenLifetime(Duration lifetime) {
    return lifetime.compareTo(SHORTEST) >= 0 && lifetime.compareTo(LONGEST) <= 0;
  }

  /** Says what is wrong with a lifetime that is none. */
  public static String tokenLifetimeSentence(String lifetime) {
    return "A token lives at least a minute and at most ten years, not %s.".formatted(lifetime);
  }

  /** As the audit keeps it. */
  @Override
  public String toString() {
    return "%s (%s, %d recipients%s%s%s%s%s%s%s%s%s%s)"
        .formatted(
            id,
            hubsWords(),
            recipients.size(),
            admission,
            ceiling == null ? "" : ", ceiling of lists " + ceiling,
            signs() ? ", signs" : "",
            anyDevice ? ", lists name any device" : "",
            maxRejects == null ? "" : ", max rejects " + maxRejects,
            tokenLifetime == null ? "" : ", token lifetime " + tokenLifetime,
            deliver == null ? "" : ", bundles by " + deliver,
            updates ? ", manifests update" : "",
            contactLanguage == null ? "" : ", mails in " + contactLanguage,
            contact == null ? "" : ", contact " + contact);
  }
}
