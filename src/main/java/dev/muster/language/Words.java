package dev.muster.language;

import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.context.MessageSource;
import org.springframework.context.i18n.LocaleContextHolder;
import org.springframework.stereotype.Component;

/**
 * What pages, mails and commands say that is put together in code: in the language of who reads the
 * page, or in one that is said. Templates have #{…}.
 */
@Component
public class Words {

  /** What stands where there is nothing to say. */
  public static final String NOTHING = "–";

  private static final String STATE = "layout.state.";

  private final MessageSource messages;
  private final @Nullable Language language;

  @Autowired
  Words(MessageSource messages) {
    this(messages, null);
  }

  private Words(MessageSource messages, @Nullable Language language) {
    this.messages = messages;
    this.language = language;
  }

  /** The same in this language, whoever reads a page now. */
  public Words in(Language other) {
    return new Words(messages, other);
  }

  /** The text of a key that is in {@code messages/}; numbers in it are written as readers do. */
  public String of(String key, Object... parameters) {
    return messages.getMessage(key, parameters, locale());
  }

  /**
   * A word of which there may be a translation.
   *
   * @param prefix of keys, with its last dot
   * @param word such as {@code TOKEN_DELIVERED}
   * @param otherwise what is shown of a word that no key has
   */
  public String word(String prefix, String word, String otherwise) {
    String key = prefix + word.toLowerCase(Locale.ROOT).replace('_', '-').replace(' ', '-');
    return String.valueOf(messages.getMessage(key, null, otherwise, locale()));
  }

  /** The same of a word that is shown as it is when no key has it. */
  public String word(String prefix, String word) {
    return word(prefix, word, word);
  }

  /**
   * {@code SECURITY_OFFICER} and {@code security-officer} as "security officer", what there is a
   * word of ({@code layout.state.…}) in the reader's language; a dash for nothing.
   */
  public String constant(@Nullable Object constant) {
    return constant == null
        ? NOTHING
        : word(
            STATE,
            constant.toString(),
            constant.toString().toLowerCase(Locale.ROOT).replace('_', ' ').replace('-', ' '));
  }

  /**
   * A device's state. What the registry knows is that its token was delivered; that it is in the
   * device, only the device can say.
   */
  public String deviceState(@Nullable Object state) {
    return state != null && state.toString().equals("PROVISIONED")
        ? of(STATE + "token-delivered")
        : constant(state);
  }

  /** Whose they are. */
  public Locale locale() {
    return language == null ? LocaleContextHolder.getLocale() : language.locale();
  }
}
