package dev.muster.outcome;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.access.Caller;
import dev.muster.access.Role;
import dev.muster.language.Language;
import dev.muster.language.Sentences;
import dev.muster.language.Spoken;
import dev.muster.language.Words;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Each kind of mail in each language, for each who may get it. */
class MailTextTest {

  /** What no German and no French mail says. */
  private static final Pattern ENGLISH =
      Pattern.compile(
          "(?i)\\b(the|and|of|by|you|your|not|from|with|this|its|their|that|has|have|are|is|who|if|when"
              + "|waits|until|devices?|factory|bundles?|keys|nothing|see|tell|look)\\b");

  private static final Words WORDS = Spoken.words("layout", "mail");
  private static final Sentences SENTENCES = Spoken.sentences();
  private static final JsonMapper JSON = new JsonMapper();

  private static final String ARRIVAL =
      """
      "factory": "fabrikam", "manifest": "größe.csv", "arrival": 4711, "arrivalSource": "folder"\
      """;

  /** In them there is nothing that has a language. */
  private static final Map<Kind, List<String>> EVENTS =
      Map.of(
          Kind.FAILED, List.of(ARRIVAL + ", \"execution\": 815, \"problem\": \"EOFException\""),
          Kind.REFUSED,
              List.of(
                  ARRIVAL,
                  ARRIVAL
                      + """
                      , "problem": "The row has no device_id."\
                      """),
          Kind.TOO_MANY_REJECTS, List.of(ARRIVAL + ", \"rows\": 1234567, \"rejected\": 1000"),
          Kind.SECOND_PERSON,
              List.of(
                  ARRIVAL,
                  """
                  "what": "renew in building 7", "by": "jo@dev", "choice": "c"\
                  """,
                  """
                  "what": "move all devices to hub north", "by": "jo@dev", "choice": "c"\
                  """,
                  """
                  "what": "undo list 12, stolen.csv", "by": "jo@dev", "list": 12\
                  """),
          Kind.NIGHTLY,
              List.of(
                  """
                  "complete": true, "lists": [], "listsPending": 0, "hubs": []\
                  """,
                  """
                  "complete": false, "listsPending": 2, "lists": [%s], "hubs": [{"hub": "north",
                  "confirmed": 12345, "pending": 1, "failed": 0, "problem": null}]\
                  """
                      .formatted(
                          String.join(
                              ",",
                              Collections.nCopies(
                                  23,
                                  """
                                  {"fileName": "a.csv", "factory": "fabrikam", "state": "HELD",
                                  "problem": "The row has no device_id."}\
                                  """)))),
          Kind.BUNDLE_READY,
              List.of(
                  """
                  "factory": "fabrikam", "name": "renewal-3", "id": 12, "devices": 20000\
                  """),
          Kind.BUNDLE_UNFETCHED,
              List.of(
                  """
                  "factory": "fabrikam", "name": "renewal-3", "id": 12, "devices": 1,
                  "deliveredAt": "2026-12-01T14:05:06Z", "oldTokensEnd": "2027-03-31T00:00:00Z"\
                  """),
          Kind.TOKENS_ENDING,
              List.of(
                  """
                  "factory": "fabrikam", "devices": 1, "firstEnd": "2026-12-01T14:05:06Z",
                  "within": "2026-12-14T00:00:00Z", "manifestsInAll": 1, "manifests": [
                  {"name": "m", "devices": 1, "firstEnd": "2026-12-01T14:05:06Z"}]\
                  """,
                  """
                  "factory": "fabrikam", "devices": 1234567, "firstEnd": "2026-12-01T14:05:06Z",
                  "within": "2026-12-14T00:00:00Z", "manifestsInAll": 21, "manifests": []\
                  """),
          Kind.KEYS_CHANGED,
              List.of(
                  """
                  "factory": "fabrikam", "after": {"recipients": ["SHA256:x"], "signingKeys": [],
                  "anyDevice": false}\
                  """));

  @Test
  void eachKindIsInEachLanguageForEachReaderWithoutEnglishInTheOthers() {
    assertThat(EVENTS.keySet()).isEqualTo(EnumSet.allOf(Kind.class));
    for (Role role : Role.values()) {
      EVENTS.forEach(
          (kind, events) -> {
            for (String data : events) {
              Set<String> subjects = new TreeSet<>();
              for (Language language : Language.values()) {
                MailText text = text(kind, data, language, role);
                String whole = text.subject() + "\n" + text.body();
                subjects.add(text.body());
                assertThat(whole)
                    .as("%s %s", kind, language)
                    .doesNotContain("{", "''", "mail.", "null");
                if (language != Language.EN) {
                  assertThat(ENGLISH.matcher(withoutNames(whole)).results())
                      .as("%s %s: %s", kind, language, whole)
                      .isEmpty();
                }
              }
              assertThat(subjects).as("%s", kind).hasSize(Language.values().length);
            }
          });
    }
  }

  @Test
  void namesNumbersAndTimesAreWrittenAsReadersDo() {
    MailText german = text(Kind.TOO_MANY_REJECTS, 0, Language.DE, Role.OPERATOR);
    assertThat(german.subject())
        .isEqualTo("fabrikam: zu viele Zeilen von größe.csv wurden abgelehnt");
    assertThat(german.body())
        .startsWith("Zu viele Zeilen von größe.csv wurden abgelehnt (Werk fabrikam).\n")
        .contains("Zeilen: 1.234.567, davon abgelehnt: 1.000\n")
        .contains("Wann: 1. Dezember 2026, 23:00 UTC\n");
    assertThat(text(Kind.TOO_MANY_REJECTS, 0, Language.FR, Role.FACTORY).body())
        .startsWith("Trop de lignes de größe.csv ont été refusées (usine fabrikam).\n")
        .containsPattern("Lignes\\h: 1\\h234\\h567, dont refusées\\h: 1\\h000\n")
        .containsPattern("Quand\\h: 1er décembre 2026 à 23:00 UTC\n")
        .contains("Retirez-le et renvoyez-le, corrigé");
    assertThat(text(Kind.TOO_MANY_REJECTS, 0, Language.EN, Role.OPERATOR).body())
        .contains("Rows: 1,234,567, of which refused: 1,000\n")
        .contains("When: 1 December 2026, 23:00 UTC\n");
    assertThat(text(Kind.TOKENS_ENDING, 0, Language.DE, Role.FACTORY).subject())
        .isEqualTo("fabrikam: das Token von einem Gerät endet, und keine Erneuerung ist unterwegs");
    assertThat(text(Kind.TOKENS_ENDING, 0, Language.EN, Role.OPERATOR).body())
        .contains("renew them: the page below, or jobs/renew --factory fabrikam --dry-run,")
        .contains("/renewals/due?factory=fabrikam\n");
    assertThat(text(Kind.TOKENS_ENDING, 0, Language.EN, Role.AUDITOR).body())
        .contains("/devices?factory=fabrikam&tokenUntil=2026-12-14\n");
    assertThat(text(Kind.TOKENS_ENDING, 1, Language.FR, Role.FACTORY).subject())
        .matches(
            "fabrikam\\h: les jetons de 1\\h234\\h567 appareils expirent, et aucun"
                + " renouvellement.*");
  }

  @Test
  void whatServicesSayAndCodesAreInItsLanguageAsOnPages() {
    assertThat(text(Kind.REFUSED, 1, Language.DE, Role.FACTORY).body())
        .contains("Warum: Die Zeile hat keine device_id.\n");
    assertThat(text(Kind.NIGHTLY, 1, Language.DE, Role.AUDITOR).body())
        .contains("Liste a.csv von Werk fabrikam: zurückgehalten Die Zeile hat keine device_id.\n")
        .contains("device_id.\n… und 3 weitere\n")
        .contains("Hub north: 12.345 bestätigt, 1 warten, 0 fehlgeschlagen\n");
    assertThat(text(Kind.SECOND_PERSON, 1, Language.DE, Role.AUDITOR).subject())
        .isEqualTo("„in Gebäude 7 erneuern“ wartet auf eine zweite Person");
    assertThat(text(Kind.SECOND_PERSON, 2, Language.FR, Role.AUDITOR).subject())
        .matches("«\\hdéplacer tous les appareils vers le hub north\\h» attend une deuxième.*");
    assertThat(text(Kind.SECOND_PERSON, 3, Language.DE, Role.AUDITOR).subject())
        .isEqualTo("„Liste 12, stolen.csv, rückgängig machen“ wartet auf eine zweite Person");
    assertThat(text(Kind.SECOND_PERSON, 2, Language.EN, Role.AUDITOR).subject())
        .isEqualTo("move all devices to hub north waits for a second person");
    assertThat(text(Kind.KEYS_CHANGED, 0, Language.EN, Role.AUDITOR).body())
        .contains("Now: recipients [\"SHA256:x\"]\nNow: signingKeys []\nNow: anyDevice false\n");
  }

  @Test
  void whoReadsOfAListWithTooManyRejectsIsNotToldToWithdrawIt() {
    for (Language language : Language.values()) {
      Set<String> bodies = new TreeSet<>();
      for (Role role : List.of(Role.OPERATOR, Role.SECURITY_OFFICER, Role.FACTORY)) {
        String list =
            text(
                    "dev.muster.revocations.too-many-rejects",
                    Kind.TOO_MANY_REJECTS,
                    ARRIVAL,
                    language,
                    role)
                .body();
        bodies.add(list);
        assertThat(list)
            .doesNotContainIgnoringCase("withdraw")
            .doesNotContain("zurück", "nimmt", "etirez", "retire", "{", "mail.");
        if (language != Language.EN) {
          assertThat(ENGLISH.matcher(withoutNames(list)).results()).as(list).isEmpty();
        }
      }
      assertThat(bodies).hasSize(3);
    }
    assertThat(
            text(
                    "dev.muster.revocations.too-many-rejects",
                    Kind.TOO_MANY_REJECTS,
                    ARRIVAL,
                    Language.EN,
                    Role.OPERATOR)
                .body())
        .contains("Apply the rest of the list with a higher limit, or")
        .contains("and dismiss this one.");
    assertThat(text(Kind.TOO_MANY_REJECTS, 0, Language.EN, Role.OPERATOR).body())
        .contains("or withdraw it");
  }

  private static MailText text(Kind kind, int which, Language language, Role role) {
    return text(kind, EVENTS.getOrDefault(kind, List.of()).get(which), language, role);
  }

  private static MailText text(Kind kind, String data, Language language, Role role) {
    return text("dev.muster.manifest.x", kind, data, language, role);
  }

  private static MailText text(String type, Kind kind, String data, Language language, Role role) {
    JsonNode event =
        JSON.readTree(
            """
            {"type": "%s", "time": "2026-12-01T23:00:00Z", "data": {%s}}\
            """
                .formatted(type, data));
    @Nullable String factory = role == Role.FACTORY ? "fabrikam" : null;
    MailRecipient recipient =
        new MailRecipient(
            "mailbox x",
            "jo@contoso.example",
            Set.of(kind),
            Caller.account("jo", "jo", "mail", List.of(role), factory),
            language,
            new MailWords(WORDS, language).of("mail.why.contact", "fabrikam"));
    return new MailText(kind, event, recipient, WORDS, SENTENCES, path -> "https://x" + path);
  }

  /** Without commands, links and what the sender called its file. */
  private static String withoutNames(String text) {
    return text.replaceAll("jobs/\\S+ --factory|--dry-run|https://\\S+", "");
  }
}
