package dev.muster.outcome;

import dev.muster.access.Caller;
import dev.muster.language.Language;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Somebody who gets mail.
 *
 * @param id as it stands in the table, without the address
 * @param kinds of what
 * @param reader who it is here: it decides what they are told, and what they are told to do next
 * @param language of their mails
 * @param why they get it, and how that ends, as sentences in that language
 */
record MailRecipient(
    String id, String address, Set<Kind> kinds, Caller reader, Language language, String why) {

  MailRecipient {
    kinds = Set.copyOf(kinds);
  }

  /**
   * Whether they want, and may have, what is of this kind.
   *
   * @param factory whose it is; null: nobody's alone
   */
  boolean gets(Kind kind, @Nullable String factory) {
    return kinds.contains(kind) && reader.sees(kind.permission(), factory);
  }
}
