package dev.muster.outcome;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.language.Language;
import org.junit.jupiter.api.Test;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Configuration;

/** A mailbox's mails are in the language that is configured, or in English. */
class MailboxLanguageTest {

  private final ApplicationContextRunner application =
      new ApplicationContextRunner()
          .withUserConfiguration(Mail.class)
          .withPropertyValues(
              "muster.mail.mailboxes[0].name=on-call",
              "muster.mail.mailboxes[0].address=on-call@contoso.example",
              "muster.mail.mailboxes[0].kinds=failed");

  @Configuration
  @EnableConfigurationProperties(MailProperties.class)
  static class Mail {}

  @Test
  void isEnglishUnlessOneIsNamed() {
    application.run(
        context ->
            assertThat(context.getBean(MailProperties.class).mailboxes().get(0).spoken())
                .isEqualTo(Language.EN));
    application
        .withPropertyValues("muster.mail.mailboxes[0].language=de")
        .run(
            context ->
                assertThat(context.getBean(MailProperties.class).mailboxes().get(0).spoken())
                    .isEqualTo(Language.DE));
  }

  @Test
  void anotherIsRefusedWithThoseThereAre() {
    application
        .withPropertyValues("muster.mail.mailboxes[0].language=es")
        .run(
            context ->
                assertThat(context.getStartupFailure())
                    .rootCause()
                    .hasMessageContaining("language must be one that mails are in: en, de or fr"));
  }
}
