package dev.muster.outcome;

import dev.muster.language.Language;
import jakarta.mail.internet.AddressException;
import jakarta.mail.internet.InternetAddress;
import jakarta.validation.Valid;
import jakarta.validation.constraints.AssertTrue;
import jakarta.validation.constraints.NotEmpty;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Pattern;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/**
 * Mail to people. The server is {@code spring.mail}'s; without its host there is none.
 *
 * @param from whom mails are from; needed
 * @param console where people reach the console, for links: {@code https://muster.example}; needed
 * @param mailboxes who is told beside those that choose it themselves
 * @param domains whose addresses people may give for themselves, such as {@code contoso.example};
 *     empty: any
 * @param knownFor how long after somebody's last sign-in their roles are taken to be the same; then
 *     they get no more
 * @param contacts of what a factory's contact is told, where that is an address
 */
@Validated
@ConfigurationProperties("muster.mail")
record MailProperties(
    @Nullable String from,
    @Nullable URI console,
    @DefaultValue List<@Valid Mailbox> mailboxes,
    @DefaultValue List<String> domains,
    @DefaultValue("90d") @NotNull Duration knownFor,
    @DefaultValue({
          "failed",
          "refused",
          "too-many-rejects",
          "bundle-unfetched",
          "tokens-ending",
          "keys-changed"
        })
        Set<Kind> contacts) {

  /** RFC 5321, 4.5.3.1.3 */
  private static final int LONGEST_ADDRESS = 254;

  MailProperties {
    mailboxes = List.copyOf(mailboxes);
    domains = List.copyOf(domains);
    contacts = Set.copyOf(contacts);
  }

  @AssertTrue(message = "two mailboxes have the same name")
  boolean isNamedApart() {
    return mailboxes.stream().map(Mailbox::name).distinct().count() == mailboxes.size();
  }

  /** Whether people may give that as their own. */
  boolean allows(String address) {
    String domain = address.substring(address.lastIndexOf('@') + 1);
    return domains.isEmpty() || domains.stream().anyMatch(domain::equalsIgnoreCase);
  }

  /** Where people find that in the console. */
  String link(String path) {
    return String.valueOf(console).replaceFirst("/+$", "") + path;
  }

  /** Whether that is the address of one mailbox, and nothing else. */
  static boolean isAddress(@Nullable String text) {
    if (text == null
        || text.length() > LONGEST_ADDRESS
        || !text.matches("[^\\s\\p{Cntrl}<>,;:]+")) {
      return false;
    }
    try {
      new InternetAddress(text, true).validate();
      return text.indexOf('@') > 0;
    } catch (AddressException e) {
      return false;
    }
  }

  /**
   * A mailbox that is nobody's own, such as that of those who are on call.
   *
   * @param kinds of what it is told
   * @param factory about which alone; null: about all, and what is no factory's
   * @param language of its mails
   */
  record Mailbox(
      @NotNull @Pattern(regexp = "[a-z0-9][a-z0-9-]{0,63}") String name,
      @NotNull String address,
      @NotEmpty Set<Kind> kinds,
      @Nullable String factory,
      @DefaultValue("en") String language) {

    Mailbox {
      kinds = Set.copyOf(kinds);
    }

    @AssertTrue(message = "address must be one mail address, such as on-call@contoso.example")
    boolean isOneAddress() {
      return isAddress(address);
    }

    @AssertTrue(message = "language must be one that mails are in: en, de or fr")
    boolean isInLanguage() {
      return Language.of(language).isPresent();
    }

    /** That of its mails. */
    Language spoken() {
      return Language.of(language).orElseThrow();
    }
  }
}
