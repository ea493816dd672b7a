package dev.muster.web;

import java.util.Locale;
import org.springframework.context.MessageSource;
import org.springframework.context.i18n.LocaleContextHolder;
import org.springframework.stereotype.Component;

/** What pages say that is put together in code, in the reader's language. Templates have #{…}. */
@Component
class Words {

  private final MessageSource messages;

  Words(MessageSource messages) {
    this.messages = messages;
  }

  /** The text of a key that is in {@code messages/}; numbers in it are written as readers do. */
  String of(String key, Object... parameters) {
    return messages.getMessage(key, parameters, locale());
  }

  /**
   * A word of which there may be a translation.
   *
   * @param prefix of keys, with its last dot
   * @param word such as {@code TOKEN_DELIVERED}
   * @param otherwise what is shown of a word that no key has
   */
  String word(String prefix, String word, String otherwise) {
    String key = prefix + word.toLowerCase(Locale.ROOT).replace('_', '-').replace(' ', '-');
    return String.valueOf(messages.getMessage(key, null, otherwise, locale()));
  }

  /** The same of a word that is shown as it is when no key has it. */
  String word(String prefix, String word) {
    return word(prefix, word, word);
  }

  static Locale locale() {
    return LocaleContextHolder.getLocale();
  }
}
