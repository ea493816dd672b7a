package dev.muster.web;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.APIRequestContext;
import com.microsoft.playwright.APIResponse;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.RequestOptions;
import dev.muster.Await;
import dev.muster.TestFactory;
import dev.muster.access.Caller;
import dev.muster.access.Role;
import dev.muster.arrival.Answer;
import dev.muster.arrival.Arrival;
import dev.muster.arrival.ArrivalEnded;
import dev.muster.arrival.ArrivalKind;
import dev.muster.bundle.AgeIdentity;
import dev.muster.delivery.BundleBrought;
import dev.muster.delivery.BundleUnfetched;
import dev.muster.factory.DevelopmentFactory;
import dev.muster.factory.Factories;
import dev.muster.outcome.MailServer.Mail;
import dev.muster.outcome.WebhookReceiver.Received;
import dev.muster.revocation.SecondPersonAsked;
import dev.muster.run.RunOutcome;
import dev.muster.schedule.NightlyEnded;
import dev.muster.schedule.NightlyReport;
import dev.muster.signin.SignedIn;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.transaction.support.TransactionOperations;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Who is told events, over HTTP and by mail. */
@ConsoleTest
@Tag("slow")
class NotificationTests {

  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @Autowired private Console console;
  @Autowired private Factories factories;
  @Autowired private ApplicationEventPublisher events;
  @Autowired private TransactionOperations transaction;
  @Autowired private JdbcTemplate jdbc;

  private final String name = "hooked-" + System.nanoTime() + ".csv";
  private final String subject = DevelopmentFactory.ID + "/" + name;

  @Test
  void whatIsNotTakenIsToldAgainUnderItsIdUntilItIsTaken() throws Exception {
    ConsoleHubs.WEBHOOKS.answer("/ended", subject, 503);
    Page page = console.signedIn("operator");
    send(page);

    List<Received> attempts =
        Await.until(PATIENCE, () -> about("/ended"), received -> received.size() >= 2);

    assertThat(attempts).extracting(Received::problem).containsOnly("");
    assertThat(attempts).extracting(Received::id).containsOnly(attempts.get(0).id());
    Received first = attempts.get(0);
    assertThat(first.contentType()).startsWith("application/cloudevents+json");
    assertThat(first.event().get("id").asString()).isEqualTo(first.id());
    assertThat(first.event().get("type").asString()).isEqualTo("dev.muster.manifest.provisioned");
    assertThat(first.event().at("/data/accepted").asInt()).isEqualTo(1);
    ConsoleHubs.WEBHOOKS.answer("/ended", subject, 200);
    Await.until(
        PATIENCE,
        () -> about("/ended"),
        received -> received.get(received.size() - 1).status() == 200);
    JsonNode told = untilIts("taken");
    assertThat(told.get("attempts").asInt()).isGreaterThan(2);
    assertThat(told.get("event").asString()).isEqualTo(first.id());
    assertThat(Await.until(PATIENCE, () -> about("/all"), received -> !received.isEmpty()))
        .extracting(received -> received.event().get("type").asString())
        .contains("dev.muster.manifest.provisioned");
  }

  /** Headers, and nothing of the body: a request's timeout does not end that. */
  @Test
  void whoAnswersByHalfIsToldAgain() throws Exception {
    ConsoleHubs.WEBHOOKS.stall("/ended", subject);
    send(console.signedIn("operator"));

    List<JsonNode> failed =
        Await.until(
            PATIENCE,
            () -> told("ended", subject),
            told -> !told.isEmpty() && told.get(0).get("attempts").asInt() > 0);

    assertThat(failed.get(0).get("problem").asString())
        .isEqualTo("It did not answer, or not to the end, in time.");
    ConsoleHubs.WEBHOOKS.answer("/ended", subject, 200);
    JsonNode unused = untilIts("taken");
    assertThat(about("/ended").size()).isGreaterThan(1);
  }

  @Test
  void whoAsksToBeLeftAloneUntilADateIsSoUpToTheLongestPause() throws Exception {
    Instant asked = Instant.now().plus(Duration.ofMinutes(30)).truncatedTo(ChronoUnit.SECONDS);
    ConsoleHubs.WEBHOOKS.refuse(
        "/ended",
        subject,
        503,
        DateTimeFormatter.RFC_1123_DATE_TIME.format(asked.atOffset(ZoneOffset.UTC)));
    ConsoleHubs.WEBHOOKS.refuse("/all", subject, 503, "86400");
    send(console.signedIn("operator"));

    assertThat(dueAfterAnAttempt("ended")).isBetween(asked.minusSeconds(1), asked.plusSeconds(1));
    // Not a day, but an hour
    assertThat(dueAfterAnAttempt("all"))
        .isBetween(asked.plusSeconds(60), Instant.now().plus(Duration.ofMinutes(61)));
  }

  private Instant dueAfterAnAttempt(String webhook) throws Exception {
    return Await.until(
            PATIENCE,
            () ->
                jdbc.queryForList(
                    "SELECT due_at FROM notification WHERE recipient = ? AND subject = ? AND"
                        + " attempts > 0",
                    OffsetDateTime.class,
                    webhook,
                    subject),
            found -> !found.isEmpty())
        .get(0)
        .toInstant();
  }

  @Test
  void whatCannotBeSentForAReasonNobodyThoughtOfHoldsUpNothing() throws Exception {
    // No header can hold such an id. It has been due for longer than anything else.
    jdbc.update(
        "INSERT INTO notification (channel, recipient, event_id, type, subject, event, happened_at,"
            + " due_at) VALUES ('WEBHOOK', 'ended', ?, 'dev.muster.manifest.provisioned', ?, '{}',"
            + " now(), '2000-01-01')",
        "no\nid " + name,
        "odd " + name);
    send(console.signedIn("operator"));

    JsonNode unused = untilIts("taken");

    assertThat(
            Await.until(
                PATIENCE,
                () -> told("ended", "odd " + name),
                told -> !told.isEmpty() && told.get(0).get("attempts").asInt() > 0))
        .singleElement()
        .satisfies(
            odd ->
                assertThat(odd.get("problem").asString())
                    .isEqualTo(
                        "Muster could not send it (IllegalArgumentException); the log says more."));
    jdbc.update("DELETE FROM notification WHERE subject = ?", "odd " + name);
  }

  @Test
  void whoWantsNothingMoreIsToldAgainByHandOnly() throws Exception {
    ConsoleHubs.WEBHOOKS.answer("/ended", subject, 410);
    Page page = console.signedIn("operator");
    send(page);
    JsonNode unused = untilIts("given up");
    assertThat(about("/ended")).hasSize(1);

    page.navigate(console.address() + "/arrivals");
    page.getByRole(AriaRole.LINK, new Page.GetByRoleOptions().setName("Notifications")).click();
    assertThat(page.locator("table").first()).containsText("127.0.0.1");
    page.locator("#channel").selectOption("ended");
    page.locator("#open").selectOption("true");
    page.getByRole(AriaRole.BUTTON, new Page.GetByRoleOptions().setName("Filter")).click();
    Locator row = page.locator("tr", new Page.LocatorOptions().setHasText(subject));
    assertThat(row).containsText("It answered 410.");
    console.accessible(page);
    assertThat(page.locator("main")).not().containsText("whsec_");
    Page auditor = console.signedIn("auditor");
    auditor.navigate(page.url());
    assertThat(auditor.locator("tr", new Page.LocatorOptions().setHasText(subject)))
        .containsText("given up");
    assertThat(auditor.getByRole(AriaRole.BUTTON).getByText("Tell it again")).hasCount(0);
    Page factory = console.signedIn("factory");
    assertThat(factory.navigate(console.address() + "/notifications").status()).isEqualTo(403);

    ConsoleHubs.WEBHOOKS.answer("/ended", subject, 200);
    row.getByRole(AriaRole.BUTTON).click();
    assertThat(page.getByRole(AriaRole.STATUS)).containsText("It is told again");
    JsonNode unusedToo = untilIts("taken");
    assertThat(about("/ended")).hasSize(2);
  }

  @Test
  void aFactorysContactIsToldOfItsOwnAndWhatItCanDoAndTheMailboxWhatIsForIt() throws Exception {
    String factory = factory("Jo Doe <%s>, +49 30 1234");
    String other = factory("%s");
    send(factory, "refused.csv", "no ids\n1\n");

    Mail refused = onlyMail(contact(factory));

    assertThat(refused.subject())
        .isEqualTo("[Muster] %s: refused.csv was refused".formatted(factory));
    assertThat(refused.from()).isEqualTo("muster@contoso.example");
    assertThat(refused.body())
        .contains("Why: ")
        .contains("What you can do: send it again, corrected.")
        .containsPattern("\nhttps://muster\\.contoso\\.example/arrivals/\\d+\n")
        .contains("This address is the contact of factory " + factory);

    send(factory, "rejects.csv", "device_id\n%s\nx\ny\n".formatted(UUID.randomUUID()));
    List<Mail> both =
        Await.until(
            PATIENCE, () -> ConsoleHubs.MAIL.to(contact(factory)), mails -> mails.size() == 2);
    assertThat(both.get(1).subject())
        .isEqualTo("[Muster] %s: too many rows of rejects.csv were refused".formatted(factory));
    assertThat(both.get(1).body())
        .contains("Rows: 3, of which refused: 2")
        .contains("Withdraw it and send it again, corrected");
    List<Mail> onCall =
        Await.until(
            PATIENCE, () -> mailsAbout(ConsoleHubs.ON_CALL, factory), one -> !one.isEmpty());
    assertThat(onCall).singleElement().extracting(Mail::subject).isEqualTo(both.get(1).subject());
    assertThat(onCall.get(0).body()).contains("An operator lets it go on without them");
    assertThat(ConsoleHubs.MAIL.to(contact(other))).isEmpty();
  }

  @Test
  void aMailServerThatIsAwayHoldsNothingUpAndLosesNothing() throws Exception {
    String factory = factory("%s");
    ConsoleHubs.MAIL.stop();
    try {
      send(factory, "away.csv", "no ids\n1\n");
      send(factory, "well.csv", "device_id\n%s\n".formatted(UUID.randomUUID()));
      JsonNode unused =
          Await.until(
                  PATIENCE,
                  () -> told("mail", factory + "/away.csv"),
                  told -> !told.isEmpty() && told.get(0).get("attempts").asInt() > 1)
              .get(0);
      Await.until(
          PATIENCE,
          () -> ConsoleHubs.WEBHOOKS.about("/ended", factory + "/well.csv"),
          received -> !received.isEmpty());
      assertThat(told("mail", factory + "/away.csv").get(0).get("problem").asString())
          .isEqualTo(
              "The mail server did not take it. The connection was refused: nobody listens there.");
    } finally {
      ConsoleHubs.MAIL.again();
    }

    Mail mail = onlyMail(contact(factory));

    assertThat(mail.subject()).contains("away.csv");
    JsonNode taken =
        Await.until(
                PATIENCE,
                () -> told("mail", factory + "/away.csv"),
                told -> told.get(0).get("state").asString().equals("taken"))
            .get(0);
    assertThat(taken.get("recipient").asString()).isEqualTo("contact of " + factory);
    assertThat(mail.id()).startsWith("<" + taken.get("event").asString());
  }

  @Test
  void aPersonChoosesAndOthersGetNothingAndTheRoleIsLookedAtAgain() throws Exception {
    String to = "jo-%d@contoso.example".formatted(System.nanoTime());
    Page page = console.signedIn("auditor");
    page.navigate(console.address() + "/account");
    page.getByLabel("Too many rows of a manifest or a list were refused").check();
    page.getByLabel("At this address").fill("jo@elsewhere.example");
    page.getByRole(AriaRole.BUTTON, new Page.GetByRoleOptions().setName("Save")).click();
    assertThat(page.getByRole(AriaRole.ALERT))
        .containsText("Mail goes to addresses of contoso.example only.");
    assertThat(page.getByLabel("Too many rows of a manifest or a list were refused")).isChecked();
    page.getByLabel("At this address").fill(to);
    page.getByRole(AriaRole.BUTTON, new Page.GetByRoleOptions().setName("Save")).click();
    assertThat(page.getByRole(AriaRole.STATUS)).containsText("That is sent to you by mail.");
    assertThat(page.getByLabel("The nightly run has ended")).not().isChecked();
    console.accessible(page);
    picture(page, "account");
    String factory = factory("%s");
    send(factory, "refused.csv", "no ids\n1\n");
    send(factory, "rejects.csv", "device_id\n%s\nx\ny\n".formatted(UUID.randomUUID()));

    Mail mail = onlyMail(to);

    assertThat(mail.subject()).endsWith(": too many rows of rejects.csv were refused");
    assertThat(mail.body())
        .contains("An operator lets it go on without them, or withdraws it.")
        .contains("https://muster.contoso.example/account");
    Await.until(PATIENCE, () -> ConsoleHubs.MAIL.to(contact(factory)), mails -> mails.size() == 2);
    assertThat(ConsoleHubs.MAIL.to(to)).hasSize(1);
    APIResponse technician =
        page.request()
            .put(
                console.address() + "/api/account/notifications",
                options("technician")
                    .setData("{\"kinds\": [\"FAILED\"], \"address\": \"a@contoso.example\"}"));
    assertThat(technician.status()).as(technician.text()).isEqualTo(403);

    // Their role is gone by the time at which the mail could be sent.
    ConsoleHubs.MAIL.stop();
    try {
      send(factory, "later.csv", "device_id\n%s\nx\ny\nz\n".formatted(UUID.randomUUID()));
      JsonNode unused =
          Await.until(
                  PATIENCE,
                  () -> told("mail", factory + "/later.csv"),
                  told -> told.stream().anyMatch(one -> isTo(one, "auditor")))
              .get(0);
      String account = choice(to).get("account").asString();
      events.publishEvent(
          new SignedIn(
              Caller.account("auditor", account, "console", List.of(Role.TECHNICIAN), null)));
    } finally {
      ConsoleHubs.MAIL.again();
    }
    JsonNode given =
        Await.until(
                PATIENCE,
                () ->
                    told("mail", factory + "/later.csv").stream()
                        .filter(one -> isTo(one, "auditor"))
                        .toList(),
                told -> told.get(0).get("state").asString().equals("given up"))
            .get(0);
    assertThat(given.get("problem").asString()).contains("may not see it");
    assertThat(ConsoleHubs.MAIL.to(to)).isEmpty();

    Page operator = console.signedIn("operator");
    operator.navigate(console.address() + "/notifications");
    assertThat(operator.locator("tr", new Page.LocatorOptions().setHasText(to)))
        .containsText("too-many-rejects");
    console.accessible(operator);
    picture(operator, "notifications");
    operator
        .locator("tr", new Page.LocatorOptions().setHasText(to))
        .getByRole(AriaRole.BUTTON)
        .click();
    assertThat(operator.getByRole(AriaRole.STATUS)).containsText("No more mail is sent");
    assertThat(operator.locator("main")).not().containsText(to);
  }

  @Test
  void whenTokensEndAndNothingRenewsThemTheFactoryIsToldOnce() throws Exception {
    String factory = factory("%s", Duration.ofHours(23));
    send(factory, "brief.csv", "device_id\n%s\n".formatted(UUID.randomUUID()));

    Mail mail = onlyMail(contact(factory));

    assertThat(mail.subject())
        .isEqualTo(
            "[Muster] %s: tokens of 1 device end, and no renewal is on its way".formatted(factory));
    assertThat(mail.body())
        .contains("Of manifest brief: 1 device, from ")
        .contains("ask the operator for their renewal")
        .contains("https://muster.contoso.example/devices?tokenUntil=");
    List<Received> told =
        Await.until(
            PATIENCE, () -> ConsoleHubs.WEBHOOKS.about("/all", factory), one -> !one.isEmpty());
    assertThat(told)
        .singleElement()
        .satisfies(
            one ->
                assertThat(one.event().get("type").asString())
                    .isEqualTo("dev.muster.tokens.ending"));
  }

  /** The same event, by its id; a topic and an event hub are told as senders are. */
  @Test
  void whyItFailedIsToldToOperatorsInFullAndToItsSenderAsThatMayKnowIt() throws Exception {
    String factory = factory("%s");
    String here = "FileSystemException: /srv/muster/spool: Read-only file system";
    Instant now = Instant.now();
    publish(failed(factory, RunOutcome.IN_THE_WAY, here, now));
    publish(failed(ConsoleHubs.HOOKED, RunOutcome.IN_THE_WAY, here, now));

    assertThat(mail(ConsoleHubs.ON_CALL, factory + ": broken.csv failed").body())
        .contains("Why: " + here);
    assertThat(onlyMail(contact(factory)).body())
        .contains("Why: " + RunOutcome.IN_THE_WAY)
        .doesNotContain("/srv/");
    String hooked = ConsoleHubs.HOOKED + "/broken.csv";
    Received everything = received("/all", hooked);
    Received senders = received("/sender", hooked);
    assertThat(everything.event().at("/data/problem").asString()).isEqualTo(here);
    assertThat(senders.event().at("/data/problem").asString()).isEqualTo(RunOutcome.IN_THE_WAY);
    assertThat(senders.event().toString()).doesNotContain("/srv/");
    assertThat(senders.problem()).as("signed").isEmpty();
    assertThat(senders.id()).isEqualTo(everything.id());
  }

  private static Received received(String path, String subject) throws Exception {
    return Await.until(
            PATIENCE,
            () -> ConsoleHubs.WEBHOOKS.about(path, subject),
            received -> !received.isEmpty())
        .get(0);
  }

  private static ArrivalEnded failed(String factory, String told, String here, Instant at) {
    return new ArrivalEnded(
        new Arrival(
            4711,
            ArrivalKind.MANIFEST,
            "folder",
            "id",
            factory,
            "broken.csv",
            URI.create("file:///broken.csv"),
            null,
            null,
            null,
            at,
            12,
            true,
            null,
            null),
        new Answer(Answer.Verdict.FAILED, 815L, null, null, told, null),
        here,
        null,
        at);
  }

  @Test
  void eachKindOfMailSaysWhatHappenedWhereAndWhatItsReaderCanDo() throws Exception {
    String to = "all-%d@contoso.example".formatted(System.nanoTime());
    choose(
        "\"FAILED\", \"REFUSED\", \"SECOND_PERSON\", \"NIGHTLY\", \"BUNDLE_READY\","
            + " \"BUNDLE_UNFETCHED\"",
        to);
    try {
      String factory = "mailed-" + UUID.randomUUID();
      factories.add(TestFactory.named(factory).ceiling("0").factory());
      UUID device = UUID.randomUUID();

      send(factory, "ready.csv", "device_id\n%s\n".formatted(device));
      Mail ready = mail(to, factory + ": bundle ");
      assertThat(ready.subject()).endsWith(" is ready");
      assertThat(ready.body())
          .contains("Devices: 1\n")
          .contains("What you can do: nothing. Its factory fetches it; you are told if it does")
          .containsPattern("\nhttps://muster\\.contoso\\.example/bundles/\\d+\n");

      send(factory, "refused.csv", "no ids\n1\n");
      assertThat(mail(to, factory + ": refused.csv was refused").body())
          .contains("Why: ")
          .contains("it must send it again, corrected");

      sendList(factory, "stolen.csv", "device_id,action\n%s,revoke\n".formatted(device));
      Mail second = mail(to, factory + ": stolen.csv waits for a second person");
      assertThat(second.body())
          .contains("Why: It takes 1 devices out of service, of 1 in all, and the ceiling")
          .contains("If it is meant, and you are not who sent it, approve it;")
          .containsPattern("\nhttps://muster\\.contoso\\.example/arrivals/\\d+\n");

      UUID choice = UUID.randomUUID();
      publish(
          new SecondPersonAsked(
              "renew in building " + factory,
              null,
              "operator@dev",
              "It gives 5 devices new tokens.",
              choice,
              null,
              Instant.now()));
      assertThat(mail(to, "renew in building " + factory + " waits for a second person").body())
          .contains("Why: It gives 5 devices new tokens.\n")
          .contains("Asked for by: operator@dev\n")
          .contains("and you may do that to devices and are not who asked for it, say so there")
          .contains("Otherwise do nothing: it is forgotten.")
          .contains("https://muster.contoso.example/revocations/send/" + choice + "\n");
      publish(
          new SecondPersonAsked(
              "undo " + factory,
              null,
              "operator@dev",
              "It brings 5 back.",
              null,
              12,
              Instant.now()));
      assertThat(mail(to, "undo " + factory + " waits for a second person").body())
          .contains("Otherwise do nothing: no device changes before somebody does.")
          .contains("https://muster.contoso.example/revocations/12\n");

      Instant now = Instant.parse("2026-11-28T23:00:00Z");
      publish(failed(factory, "The hub is gone.", "The hub\u202E is gone.", now));
      assertThat(mail(to, factory + ": broken.csv failed").body())
          .contains("Why: The hub\uFFFD is gone.\n")
          .contains("Where: arrival 4711, by folder, execution 815\n")
          .containsPattern("When: 28 Nov\\w* 2026, 23:00 UTC\n")
          .contains("What you can do: follow it on its page. An operator must see to it")
          .contains("https://muster.contoso.example/arrivals/4711\n");

      publish(
          new BundleUnfetched(
              new BundleBrought(
                  4712, factory, "RENEW", "renewal-3", 20, URI.create("file:///outbox/x"), now),
              now.plus(Duration.ofDays(30)),
              now));
      assertThat(mail(to, factory + ": nobody has fetched bundle renewal-3").body())
          .contains("Devices: 20\n")
          .containsPattern("Their old tokens end from: 28 Dec\\w* 2026, 23:00 UTC\n")
          .contains("ask the factory whether its devices have these tokens")
          .contains("https://muster.contoso.example/bundles/4712\n");

      publish(
          new NightlyEnded(new NightlyReport(4713, now, now, List.of(), 2, 0, 0, List.of(), true)));
      assertThat(mail(to, "the nightly run has ended, and left something open").body())
          .startsWith("The nightly run has ended, and left something open.\n")
          .contains("Lists that are tried again by themselves: 2\n")
          .contains("look at what is open. ")
          .contains("\nhttps://muster.contoso.example/nightly\n");
    } finally {
      choose("", to);
    }
  }

  @Test
  void eachRecipientIsToldInTheirOwnLanguage() throws Exception {
    String english = "jo-%d@contoso.example".formatted(System.nanoTime());
    choose("\"REFUSED\"", english);
    String german = "joerg-%d@contoso.example".formatted(System.nanoTime());
    Page page = console.signedIn("operator");
    page.navigate(console.address() + "/account");
    press(page, "Deutsch");
    assertThat(page.getByLabel("In dieser Sprache")).hasValue("DE");
    page.getByLabel("Ein Manifest oder eine Liste wurde abgelehnt").check();
    page.getByLabel("An diese Adresse").fill(german);
    press(page, "Speichern");
    assertThat(page.getByRole(AriaRole.STATUS)).isVisible();
    press(page, "English");
    assertThat(page.getByLabel("In this language")).hasValue("DE");
    console.accessible(page);
    String factory = "mailed-" + UUID.randomUUID();
    APIResponse added =
        page.request()
            .put(
                console.address() + "/api/factories/" + factory,
                options()
                    .setData(
                        "{\"recipients\": [\"%s\"], \"contact\": \"%s\", \"contactLanguage\": \"fr\"}"
                            .formatted(
                                AgeIdentity.generate().recipient().publicKey(), contact(factory))));
    assertThat(added.status()).as(added.text()).isEqualTo(201);
    send(page, factory + "/gr%C3%B6%C3%9Fe.csv", "no ids\n1\n");

    Mail contact = mail(contact(factory), factory + "\u00A0: größe.csv a été refusé");
    assertThat(contact.encodedSubject()).matches("\\p{ASCII}+").contains("=?UTF-8?");
    assertThat(contact.type()).containsIgnoringCase("charset=utf-8");
    assertThat(contact.language()).isEqualTo("fr");
    assertThat(contact.body())
        .startsWith("Größe.csv a été refusé (usine " + factory + ").\n")
        .containsPattern("Pourquoi\\h: L’en-tête n’a pas de colonne 'device_id'")
        .containsPattern("Ce que vous pouvez faire\\h: renvoyez-le, corrigé\\.")
        .contains("Cette adresse est le contact de l’usine " + factory);
    Mail person = mail(german, factory + ": größe.csv wurde abgelehnt");
    assertThat(person.language()).isEqualTo("de");
    assertThat(person.body())
        .contains("Warum: Die Kopfzeile hat keine Spalte 'device_id'")
        .contains("Was Sie tun können: Sorgen Sie dafür, dass das Werk es weiß")
        .contains("Das haben Sie unter „Ihr Konto“ gewählt: https://muster.contoso.example/account")
        .containsPattern("nicht vor dem \\d+\\. \\p{L}+ \\d{4} an");
    List<Mail> paris =
        Await.until(PATIENCE, () -> mailsAbout(ConsoleHubs.PARIS, factory), one -> !one.isEmpty());
    assertThat(paris.get(0).language()).isEqualTo("fr");
    assertThat(paris.get(0).body())
        .contains("veillez à ce que l’usine le sache")
        .contains("Cette adresse figure dans muster.mail.mailboxes, sous le nom paris.");
    Mail beside = mail(english, factory + ": größe.csv was refused");
    assertThat(beside.language()).isEqualTo("en");
    assertThat(beside.body())
        .startsWith("Größe.csv was refused (factory " + factory + ").\n")
        .contains("Why: The header has no column 'device_id'. It has ")
        .contains("What you can do: see to it that the factory knows:")
        .contains("You chose this under Your account: https://muster.contoso.example/account.");

    page.navigate(console.address() + "/notifications");
    assertThat(page.locator("tr", new Page.LocatorOptions().setHasText(german)))
        .containsText("Deutsch");
    choose("", english);
    page.navigate(console.address() + "/account");
    page.getByLabel("A manifest or a list was refused").uncheck();
    press(page, "Save");
    assertThat(page.getByRole(AriaRole.STATUS)).isVisible();
    page.navigate(console.address() + "/factories/" + factory);
    assertThat(page.locator("main")).containsText("Français");
    page.navigate(console.address() + "/factories/" + factory + "/change");
    assertThat(page.getByLabel("Mails to its contact are in")).hasValue("FR");
    page.getByLabel("Mails to its contact are in").selectOption("");
    press(page, "Change");
    assertThat(page.getByRole(AriaRole.STATUS)).isVisible();
    assertThat(page.locator("main")).not().containsText("Français");
    for (String path : List.of("/api/account/notifications", "/api/factories/" + factory)) {
      APIResponse refused =
          page.request()
              .put(
                  console.address() + path,
                  options()
                      .setData(
                          "{\"%s\": \"es\"}"
                              .formatted(
                                  path.contains("account") ? "language" : "contactLanguage")));
      assertThat(refused.status()).isEqualTo(400);
      assertThat(refused.text()).contains("must be one of en, de, fr");
    }
  }

  private static void press(Page page, String button) {
    page.getByRole(AriaRole.BUTTON, new Page.GetByRoleOptions().setName(button)).first().click();
  }

  private void publish(Object event) {
    transaction.executeWithoutResult(status -> events.publishEvent(event));
  }

  private void choose(String kinds, String to) {
    APIResponse answer =
        console
            .signedIn("security-officer")
            .request()
            .put(
                console.address() + "/api/account/notifications",
                options("security-officer")
                    .setData("{\"kinds\": [%s], \"address\": \"%s\"}".formatted(kinds, to)));
    assertThat(answer.ok()).as(answer.text()).isTrue();
  }

  /** The one mail of this subject, without what stands before all. */
  private static Mail mail(String to, String subject) throws Exception {
    return Await.until(
            PATIENCE,
            () ->
                ConsoleHubs.MAIL.to(to).stream()
                    .filter(mail -> mail.subject().startsWith("[Muster] " + subject))
                    .toList(),
            mails -> mails.size() == 1)
        .get(0);
  }

  /** Has it looked at and applied at once. */
  private void sendList(String factory, String name, String content) throws Exception {
    APIRequestContext officer = console.signedIn("security-officer").request();
    String uploads = console.address() + "/api/uploads/";
    APIResponse taken =
        officer.put(
            uploads + "revocation-lists/" + factory + "/" + name,
            options("security-officer").setData(content.getBytes(StandardCharsets.UTF_8)));
    assertThat(taken.status()).as(taken.text()).isEqualTo(202);
    String id = new JsonMapper().readTree(taken.text()).get("upload").asString();
    Await.until(
        PATIENCE,
        () ->
            new JsonMapper()
                .readTree(officer.get(uploads + id, options("security-officer")).text()),
        upload -> upload.hasNonNull("findings"));
    APIResponse confirmed =
        officer.post(uploads + id + "/confirm?atOnce=true", options("security-officer"));
    assertThat(confirmed.status()).as(confirmed.text()).isEqualTo(202);
  }

  private static boolean isTo(JsonNode notification, String recipient) {
    return notification.get("recipient").asString().startsWith(recipient);
  }

  /** What the person with this address has chosen. */
  private JsonNode choice(String address) {
    APIResponse answer =
        console
            .signedIn("operator")
            .request()
            .get(console.address() + "/api/notification-choices", options());
    return new JsonMapper()
        .readTree(answer.text())
        .valueStream()
        .filter(one -> one.get("address").asString().equals(address))
        .findFirst()
        .orElseThrow();
  }

  /** Of which people look whether it is well. */
  private static void picture(Page page, String name) {
    page.screenshot(
        new Page.ScreenshotOptions()
            .setFullPage(true)
            .setPath(Path.of("target/pictures", name + ".png")));
  }

  private String factory(String contact) {
    return factory(contact, null);
  }

  /** A factory with a key that nobody has, whose contact has an address. */
  private String factory(String contact, @Nullable Duration tokenLifetime) {
    String id = "mailed-" + UUID.randomUUID();
    factories.add(
        TestFactory.named(id)
            .contact(contact.formatted(contact(id)))
            .tokenLifetime(tokenLifetime)
            .factory());
    return id;
  }

  private static String contact(String factory) {
    return "people@%s.example".formatted(factory);
  }

  private static Mail onlyMail(String to) throws Exception {
    List<Mail> mails =
        Await.until(PATIENCE, () -> ConsoleHubs.MAIL.to(to), found -> !found.isEmpty());
    assertThat(mails).hasSize(1);
    return mails.get(0);
  }

  private static List<Mail> mailsAbout(String to, String factory) {
    return ConsoleHubs.MAIL.to(to).stream()
        .filter(mail -> mail.subject().contains(factory))
        .toList();
  }

  private List<Received> about(String path) {
    return ConsoleHubs.WEBHOOKS.about(path, subject);
  }

  private void send(String factory, String manifest, String content) {
    send(console.signedIn("operator"), factory + "/" + manifest, content);
  }

  private void send(Page page) {
    send(page, subject, "device_id\n%s\n".formatted(UUID.randomUUID()));
  }

  private void send(Page page, String manifest, String content) {
    APIResponse sent =
        page.request()
            .put(
                console.address() + "/api/manifests/" + manifest,
                options().setData(content.getBytes(StandardCharsets.UTF_8)));
    assertThat(sent.status()).as(sent.text()).isEqualTo(202);
  }

  /** What the webhook {@code ended} was told about the manifest, once that is so. */
  private JsonNode untilIts(String state) throws Exception {
    return Await.until(
            PATIENCE,
            () -> told("ended", subject),
            told -> !told.isEmpty() && told.get(0).get("state").asString().equals(state))
        .get(0);
  }

  /** What a channel was told about something, newest first. */
  private List<JsonNode> told(String channel, String about) {
    APIResponse answer =
        console
            .signedIn("operator")
            .request()
            .get(console.address() + "/api/notifications?limit=200&channel=" + channel, options());
    return new JsonMapper()
        .readTree(answer.text())
        .get("items")
        .valueStream()
        .filter(one -> one.get("subject").asString().equals(about))
        .toList();
  }

  private RequestOptions options() {
    return options("operator");
  }

  private RequestOptions options(String role) {
    return RequestOptions.create()
        .setHeader("Content-Type", "application/json")
        .setHeader("Authorization", "Bearer " + console.bearerToken(role));
  }
}
