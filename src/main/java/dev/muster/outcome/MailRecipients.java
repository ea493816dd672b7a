package dev.muster.outcome;

import dev.muster.access.Caller;
import dev.muster.access.Role;
import dev.muster.factory.Factories;
import dev.muster.factory.Factory;
import dev.muster.outcome.MailProperties.Mailbox;
import dev.muster.outcome.NotificationChoices.Choice;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Who gets mail, as it is now: whoever asks later, may be told of others. */
@Component
class MailRecipients {

  private static final String MAILBOX = "mailbox ";
  private static final String CONTACT = "contact of ";
  static final String ACCOUNT = "account ";

  private static final DateTimeFormatter DAY =
      DateTimeFormatter.ofPattern("d MMMM yyyy", Locale.ROOT).withZone(ZoneOffset.UTC);

  private final MailProperties properties;
  private final Factories factories;
  private final NotificationChoices choices;

  MailRecipients(MailProperties properties, Factories factories, NotificationChoices choices) {
    this.properties = properties;
    this.choices = choices;
    this.factories = factories;
  }

  /** Who is to get a mail of this kind; nobody under one address twice. */
  Collection<MailRecipient> of(Kind kind, @Nullable String factory) {
    List<MailRecipient> all = new ArrayList<>();
    choices.wanting(kind).forEach(choice -> all.add(person(choice)));
    properties.mailboxes().forEach(mailbox -> all.add(mailbox(mailbox)));
    contact(factory).ifPresent(all::add);
    Map<String, MailRecipient> byAddress = new LinkedHashMap<>();
    all.stream()
        .filter(recipient -> recipient.gets(kind, factory))
        .forEach(
            recipient ->
                byAddress.putIfAbsent(recipient.address().toLowerCase(Locale.ROOT), recipient));
    return byAddress.values();
  }

  /** One of them, by {@link MailRecipient#id}; empty: there is no such any more. */
  Optional<MailRecipient> find(String id) {
    if (id.startsWith(CONTACT)) {
      return contact(id.substring(CONTACT.length()));
    }
    if (id.startsWith(ACCOUNT)) {
      return choices.holding(id.substring(ACCOUNT.length())).map(this::person);
    }
    return properties.mailboxes().stream()
        .filter(mailbox -> id.equals(MAILBOX + mailbox.name()))
        .map(MailRecipients::mailbox)
        .findFirst();
  }

  private MailRecipient person(Choice choice) {
    return new MailRecipient(
        ACCOUNT + choice.account(),
        choice.address(),
        choice.kinds(),
        choice.reader(),
        "You chose this under Your account: %s. Unless %s signs in before %s, no more is sent."
            .formatted(properties.link("/account"), choice.name(), DAY.format(choice.until())));
  }

  private static MailRecipient mailbox(Mailbox mailbox) {
    String id = MAILBOX + mailbox.name();
    return new MailRecipient(
        id,
        mailbox.address(),
        mailbox.kinds(),
        Caller.account(
            id,
            id,
            "mail",
            List.of(mailbox.factory() == null ? Role.AUDITOR : Role.FACTORY),
            mailbox.factory()),
        "This address is among muster.mail.mailboxes, as %s.".formatted(mailbox.name()));
  }

  private Optional<MailRecipient> contact(@Nullable String factory) {
    return Optional.ofNullable(factory)
        .flatMap(factories::find)
        .flatMap(
            found ->
                address(found)
                    .map(
                        address ->
                            new MailRecipient(
                                CONTACT + found.id(),
                                address,
                                properties.contacts(),
                                Caller.account(
                                    CONTACT + found.id(),
                                    CONTACT + found.id(),
                                    "mail",
                                    List.of(Role.FACTORY),
                                    found.id()),
                                "This address is the contact of factory %s. If it should not be, tell the operator of Muster."
                                    .formatted(found.id()))));
  }

  /** The first one in what operators wrote down for each other. */
  private static Optional<String> address(Factory factory) {
    return factory.contact() == null
        ? Optional.empty()
        : Arrays.stream(factory.contact().split("[\\s<>()\\[\\],;:]+"))
            .filter(MailProperties::isAddress)
            .findFirst();
  }
}
