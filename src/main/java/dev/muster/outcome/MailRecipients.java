package dev.muster.outcome;

import dev.muster.access.Caller;
import dev.muster.access.Role;
import dev.muster.factory.Factories;
import dev.muster.factory.Factory;
import dev.muster.language.Language;
import dev.muster.language.Words;
import dev.muster.outcome.MailProperties.Mailbox;
import dev.muster.outcome.NotificationChoices.Choice;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Who gets mail, as it is now: whoever asks later, may be told of others. */
@Component
class MailRecipients {

  private static final String MAILBOX = "mailbox ";
  private static final String CONTACT = "contact of ";
  static final String ACCOUNT = "account ";

  private final MailProperties properties;
  private final Factories factories;
  private final NotificationChoices choices;
  private final Words words;

  MailRecipients(
      MailProperties properties, Factories factories, NotificationChoices choices, Words words) {
    this.properties = properties;
    this.choices = choices;
    this.factories = factories;
    this.words = words;
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
        .map(this::mailbox)
        .findFirst();
  }

  private MailRecipient person(Choice choice) {
    MailWords in = in(choice.language());
    return new MailRecipient(
        ACCOUNT + choice.account(),
        choice.address(),
        choice.kinds(),
        choice.reader(),
        choice.language(),
        in.of(
            "mail.why.person", properties.link("/account"), choice.name(), in.day(choice.until())));
  }

  private MailRecipient mailbox(Mailbox mailbox) {
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
        mailbox.spoken(),
        in(mailbox.spoken()).of("mail.why.mailbox", mailbox.name()));
  }

  private Optional<MailRecipient> contact(@Nullable String factory) {
    return Optional.ofNullable(factory)
        .flatMap(factories::find)
        .flatMap(found -> address(found).map(address -> contact(found, address)));
  }

  private MailRecipient contact(Factory factory, String address) {
    String id = CONTACT + factory.id();
    Language language = Objects.requireNonNullElse(factory.contactLanguage(), Language.EN);
    return new MailRecipient(
        id,
        address,
        properties.contacts(),
        Caller.account(id, id, "mail", List.of(Role.FACTORY), factory.id()),
        language,
        in(language).of("mail.why.contact", factory.id()));
  }

  private MailWords in(Language language) {
    return new MailWords(words, language);
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
