package dev.muster.outcome;

import dev.muster.access.Caller;
import dev.muster.access.Permission;
import dev.muster.language.Language;
import dev.muster.language.Sentences;
import dev.muster.language.Words;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;

/**
 * What a mail says, in its reader's language: what happened, where, and what this reader can do
 * next. Made of the event as it is told elsewhere, so there is nothing secret in it.
 */
final class MailText {

  private static final int MOST_LINES = 20;

  /** "move in building 7 to hub north" */
  private static final Pattern DEED = Pattern.compile("(\\w+) (.+?)(?: to hub (\\S+))?");

  private final Kind kind;
  private final JsonNode event;
  private final JsonNode data;
  private final MailRecipient recipient;
  private final Caller reader;
  private final MailWords words;
  private final Sentences sentences;
  private final UnaryOperator<String> link;

  /**
   * @param words of all languages
   * @param link where people find a path in the console
   */
  MailText(
      Kind kind,
      JsonNode event,
      MailRecipient recipient,
      Words words,
      Sentences sentences,
      UnaryOperator<String> link) {
    this.kind = kind;
    this.event = event;
    this.data = event.path("data");
    this.recipient = recipient;
    this.reader = recipient.reader();
    this.words = new MailWords(words, recipient.language());
    this.sentences = sentences;
    this.link = link;
  }

  /** In a few words, of whom first. */
  String subject() {
    return data.has("factory")
        ? words.of("mail.subject.of-factory", text("factory"), happened())
        : happened();
  }

  String body() {
    List<String> lines = new ArrayList<>();
    lines.add(sentence());
    lines.add("");
    lines.addAll(details());
    lines.add(words.of("mail.body.when", time(event, "time")));
    lines.add("");
    lines.add(words.of("mail.body.next", next()));
    lines.add("");
    lines.add(link.apply(path()));
    lines.add("");
    lines.add("-- "); // what follows is no part of the message, as mail programs know
    lines.add(recipient.why());
    return String.join("\n", lines) + "\n";
  }

  private String happened() {
    return switch (kind) {
      case FAILED -> words.of("mail.happened.failed", text("manifest"));
      case REFUSED -> words.of("mail.happened.refused", text("manifest"));
      case TOO_MANY_REJECTS -> words.of("mail.happened.too-many-rejects", text("manifest"));
      case SECOND_PERSON ->
          byHand()
              ? words.of("mail.happened.asked-by-hand", visible(what()))
              : words.of("mail.happened.second-person", text("manifest"));
      case NIGHTLY -> words.of(complete() ? "mail.happened.nightly" : "mail.happened.nightly-open");
      case BUNDLE_READY -> words.of("mail.happened.bundle-ready", text("name"));
      case BUNDLE_UNFETCHED -> words.of("mail.happened.bundle-unfetched", text("name"));
      case TOKENS_ENDING -> words.of("mail.happened.tokens-ending", number(data, "devices"));
      case KEYS_CHANGED -> words.of("mail.happened.keys-changed");
    };
  }

  /** What is asked for: a deed and its devices, or a sentence. */
  private String what() {
    Language language = recipient.language();
    String english = data.path("what").asString("");
    String whole = sentences.said(language, english);
    Matcher deed = DEED.matcher(english);
    if (language == Language.EN || !whole.equals(english) || !deed.matches()) {
      return whole;
    }
    String verb = words.state(deed.group(1));
    String devices = sentences.said(language, deed.group(2));
    return deed.group(3) == null
        ? words.of("mail.happened.deed", verb, devices)
        : words.of("mail.happened.deed-to-hub", verb, devices, deed.group(3));
  }

  /** Whether what waits for a second person was asked for by hand, and no arrival brought it. */
  private boolean byHand() {
    return data.has("by");
  }

  /** Whether the nightly run left nothing open. */
  private boolean complete() {
    return data.path("complete").asBoolean();
  }

  private String sentence() {
    String happened = happened();
    String begun = Character.toUpperCase(happened.charAt(0)) + happened.substring(1);
    return data.has("factory")
        ? words.of("mail.body.sentence-factory", begun, text("factory"))
        : words.of("mail.body.sentence", begun);
  }

  private List<String> details() {
    List<String> lines = new ArrayList<>();
    switch (kind) {
      case FAILED, REFUSED, TOO_MANY_REJECTS, SECOND_PERSON -> {
        if (data.has("problem")) {
          lines.add(words.of("mail.detail.why", said(data, "problem")));
        }
        if (data.has("rows") && data.has("rejected")) {
          lines.add(words.of("mail.detail.rows", number(data, "rows"), number(data, "rejected")));
        }
        lines.add(
            byHand()
                ? words.of("mail.detail.asked-by", asker())
                : data.has("execution")
                    ? words.of(
                        "mail.detail.arrival-execution",
                        text("arrival"),
                        text("arrivalSource"),
                        text("execution"))
                    : words.of("mail.detail.arrival", text("arrival"), text("arrivalSource")));
      }
      case NIGHTLY -> {
        several(
            data.path("lists"),
            data.path("listsInAll").asInt(data.path("lists").size()),
            lines,
            list ->
                words.of(
                    "mail.detail.list",
                    text(list, "fileName"),
                    text(list, "factory"),
                    words.state(text(list, "state")),
                    said(list, "problem")));
        lines.add(words.of("mail.detail.lists-pending", number(data, "listsPending")));
        several(
            data.path("hubs"),
            data.path("hubs").size(),
            lines,
            hub ->
                words.of(
                    "mail.detail.hub",
                    text(hub, "hub"),
                    number(hub, "confirmed"),
                    number(hub, "pending"),
                    number(hub, "failed"),
                    said(hub, "problem")));
      }
      case BUNDLE_READY, BUNDLE_UNFETCHED -> {
        lines.add(words.of("mail.detail.devices", number(data, "devices")));
        if (data.has("deliveredAt")) {
          lines.add(words.of("mail.detail.ready-since", time(data, "deliveredAt")));
        }
        if (data.has("oldTokensEnd")) {
          lines.add(words.of("mail.detail.old-tokens-end", time(data, "oldTokensEnd")));
        }
      }
      case TOKENS_ENDING -> {
        lines.add(words.of("mail.detail.first-ends", time(data, "firstEnd")));
        several(
            data.path("manifests"),
            data.path("manifestsInAll").asInt(),
            lines,
            manifest ->
                words.of(
                    "mail.detail.of-manifest",
                    text(manifest, "name"),
                    number(manifest, "devices"),
                    time(manifest, "firstEnd")));
      }
      case KEYS_CHANGED ->
          data.path("after")
              .propertyStream()
              .forEach(
                  property ->
                      lines.add(
                          words.of(
                              "mail.detail.now",
                              words.ofKeys(property.getKey()),
                              words.ofKeys(property.getValue().toString()))));
    }
    return lines;
  }

  private interface Line {
    String of(JsonNode one);
  }

  private void several(JsonNode some, int inAll, List<String> lines, Line line) {
    some.valueStream().limit(MOST_LINES).map(line::of).map(String::strip).forEach(lines::add);
    if (inAll > MOST_LINES) {
      lines.add(words.of("mail.detail.more", inAll - MOST_LINES));
    }
  }

  /** Who asked; of the operator's people a factory is told no name. */
  private String asker() {
    return reader.mayEverywhere(kind.permission())
        ? text("by")
        : sentences.said(recipient.language(), Caller.OPERATOR);
  }

  /** What this reader can do, and nothing that only others can. */
  private String next() {
    boolean own = !reader.mayEverywhere(kind.permission());
    return switch (kind) {
      case FAILED ->
          words.of(
              reader.mayEverywhere(Permission.ARRIVAL_DECIDE)
                  ? "mail.next.failed"
                  : own ? "mail.next.failed-own" : "mail.next.failed-reader");
      case REFUSED -> words.of(own ? "mail.next.refused-own" : "mail.next.refused");
      case TOO_MANY_REJECTS -> words.of(list() ? rejectsOfList(own) : rejects(own));
      case SECOND_PERSON -> words.of(secondPerson(own));
      case NIGHTLY -> words.of(complete() ? "mail.next.nightly" : "mail.next.nightly-open");
      case BUNDLE_READY -> words.of(own ? "mail.next.ready-own" : "mail.next.ready");
      case BUNDLE_UNFETCHED -> words.of(own ? "mail.next.unfetched-own" : "mail.next.unfetched");
      case TOKENS_ENDING ->
          reader.mayEverywhere(Permission.TOKEN_RENEW)
              ? words.of("mail.next.ending", text("factory"))
              : words.of(own ? "mail.next.ending-own" : "mail.next.ending-reader");
      case KEYS_CHANGED -> words.of(own ? "mail.next.keys-own" : "mail.next.keys");
    };
  }

  private String rejects(boolean own) {
    return reader.mayEverywhere(Permission.EXECUTION_CONTROL)
        ? "mail.next.rejects"
        : own ? "mail.next.rejects-own" : "mail.next.rejects-reader";
  }

  /** A list is not withdrawn: nothing of it was applied. */
  private String rejectsOfList(boolean own) {
    return reader.mayEverywhere(Permission.EXECUTION_CONTROL)
            && reader.mayEverywhere(Permission.ARRIVAL_DECIDE)
        ? "mail.next.rejects-list"
        : own ? "mail.next.rejects-list-own" : "mail.next.rejects-list-reader";
  }

  /** Whether it is about a revocation list that arrived. */
  private boolean list() {
    return event.path("type").asString("").startsWith("dev.muster.revocations.");
  }

  private String secondPerson(boolean own) {
    if (byHand()) {
      return data.has("choice") ? "mail.next.choice" : "mail.next.undoing";
    }
    if (reader.mayEverywhere(Permission.DEVICE_REVOKE)) {
      return "mail.next.held-officer";
    }
    return reader.mayEverywhere(Permission.ARRIVAL_DECIDE)
        ? "mail.next.held-operator"
        : own ? "mail.next.held-own" : "mail.next.held-reader";
  }

  private String path() {
    return switch (kind) {
      case FAILED, REFUSED, TOO_MANY_REJECTS -> "/arrivals/" + text("arrival");
      case SECOND_PERSON ->
          data.has("choice")
              ? "/revocations/send/" + text("choice")
              : data.has("list") ? "/revocations/" + text("list") : "/arrivals/" + text("arrival");
      case NIGHTLY -> "/nightly";
      case BUNDLE_READY, BUNDLE_UNFETCHED -> "/bundles/" + text("id");
      case TOKENS_ENDING ->
          reader.mayEverywhere(Permission.TOKEN_RENEW)
              ? "/renewals/due?factory=" + text("factory")
              : "/devices?%stokenUntil=%s"
                  .formatted(
                      reader.mayEverywhere(Permission.DEVICE_READ)
                          ? "factory=" + text("factory") + "&"
                          : "",
                      text("within").replaceFirst("T.*", ""));
      case KEYS_CHANGED ->
          reader.may(Permission.FACTORY_READ) ? "/factories/" + text("factory") : "/bundles";
    };
  }

  private String text(String name) {
    return text(data, name);
  }

  /** On one line, and nothing in it that is invisible or turns what is around it. */
  private static String text(JsonNode node, String name) {
    return visible(node.path(name).asString(""));
  }

  /** The same of what a service said. */
  private String said(JsonNode node, String name) {
    return visible(sentences.said(recipient.language(), node.path(name).asString("")));
  }

  private static String visible(String text) {
    return text.replaceAll("[\\p{Cntrl}\\p{Cf}\\u2028\\u2029]", "\uFFFD");
  }

  private static long number(JsonNode node, String name) {
    return node.path(name).asLong();
  }

  private String time(JsonNode node, String name) {
    return words.moment(Instant.parse(text(node, name)));
  }
}
