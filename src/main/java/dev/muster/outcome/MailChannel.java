package dev.muster.outcome;

import dev.muster.home.FailureSentence;
import dev.muster.language.Sentences;
import dev.muster.language.Words;
import jakarta.mail.MessagingException;
import jakarta.mail.SendFailedException;
import jakarta.mail.internet.MimeMessage;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.Date;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.mail.MailException;
import org.springframework.mail.MailSendException;
import org.springframework.mail.javamail.JavaMailSender;
import org.springframework.mail.javamail.MimeMessageHelper;
import org.springframework.stereotype.Component;
import tools.jackson.databind.json.JsonMapper;

/**
 * Mail, one a recipient. Who it is sent to, and whether they may still be told, is looked at when
 * it is sent.
 */
@Component
@ConditionalOnBooleanProperty("muster.serve")
@ConditionalOnProperty("spring.mail.host")
class MailChannel implements Channel {

  private final MailRecipients recipients;
  private final JavaMailSender sender;
  private final JsonMapper json;
  private final Clock clock;
  private final String from;
  private final MailProperties properties;
  private final Words words;
  private final Sentences sentences;

  MailChannel(
      MailRecipients recipients,
      Words words,
      Sentences sentences,
      JavaMailSender sender,
      JsonMapper json,
      MailProperties properties,
      Clock clock) {
    this.recipients = recipients;
    this.words = words;
    this.sentences = sentences;
    this.sender = sender;
    this.json = json;
    this.clock = clock;
    String address = properties.from();
    if (address == null || !MailProperties.isAddress(address)) {
      throw new IllegalArgumentException(
          "spring.mail.host is set, and muster.mail.from is no mail address. Give the one that"
              + " mails are to be from, such as muster@contoso.example.");
    }
    URI base = properties.console();
    if (base == null || base.getHost() == null) {
      throw new IllegalArgumentException(
          "spring.mail.host is set, and muster.mail.console is no address. Give the one at which"
              + " people reach the console, such as https://muster.contoso.example.");
    }
    this.from = address;
    this.properties = properties;
  }

  @Override
  public Way way() {
    return Way.MAIL;
  }

  @Override
  public @Nullable String recipient() {
    return null;
  }

  @Override
  public List<String> recipients(String type, @Nullable String factory) {
    return Kind.of(type).stream()
        .flatMap(kind -> recipients.of(kind, factory).stream())
        .map(MailRecipient::id)
        .toList();
  }

  @Override
  public Attempt send(Due due) {
    Optional<MailRecipient> recipient = recipients.find(due.recipient());
    Optional<Kind> kind = Kind.of(due.type());
    if (recipient.isEmpty() || kind.isEmpty()) {
      return Attempt.never("There is no such recipient any more.");
    }
    if (!recipient.get().gets(kind.get(), due.factory())) {
      return Attempt.unwanted();
    }
    try {
      sender.send(message(due, kind.get(), recipient.get()));
      return Attempt.TAKEN;
    } catch (MessagingException e) {
      return Attempt.failed("The mail could not be made: " + e.getMessage());
    } catch (MailException e) {
      return failed(e);
    }
  }

  private MimeMessage message(Due due, Kind kind, MailRecipient recipient)
      throws MessagingException {
    String event = due.eventTo(recipient.reader().mayEverywhere(kind.permission()));
    MailText text =
        new MailText(kind, json.readTree(event), recipient, words, sentences, properties::link);
    MimeMessage message = sender.createMimeMessage();
    MimeMessageHelper mail = new MimeMessageHelper(message, StandardCharsets.UTF_8.name());
    mail.setFrom(from);
    mail.setTo(recipient.address());
    mail.setSubject("[Muster] " + text.subject());
    mail.setText(text.body());
    message.setContentLanguage(new String[] {recipient.language().tag()});
    mail.setSentDate(Date.from(clock.instant()));
    // The same at every attempt: who gets it twice is shown it once. Nobody's absence answers it.
    message.setHeader("Message-ID", "<%s.%d@muster>".formatted(due.eventId(), due.id()));
    message.setHeader("Auto-Submitted", "auto-generated");
    return message;
  }

  /**
   * A server that is away, or wants nothing now, is tried again; an address that it refuses not.
   */
  private static Attempt failed(MailException e) {
    Throwable cause = e;
    if (e instanceof MailSendException unsent && unsent.getFailedMessages().size() > 0) {
      cause = unsent.getFailedMessages().values().iterator().next();
    } else if (e.getCause() != null) {
      cause = e.getCause();
    }
    boolean refused =
        cause instanceof SendFailedException failed
            && failed.getInvalidAddresses() != null
            && failed.getInvalidAddresses().length > 0;
    String said = FailureSentence.onOneLine(cause);
    return refused
        ? Attempt.never("The mail server refuses the address: " + said)
        : Attempt.failed(
            FailureSentence.known(cause)
                .map(sentence -> "The mail server did not take it. " + sentence)
                .orElse("The mail server did not take it: " + said));
  }
}
