package dev.muster.outcome;

import dev.muster.access.Caller;
import dev.muster.access.Permission;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.UnaryOperator;
import tools.jackson.databind.JsonNode;

/**
 * What a mail says: what happened, where, and what this reader can do next. Made of the event as it
 * is told elsewhere, so there is nothing secret in it.
 */
final class MailText {

  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("d MMMM yyyy, HH:mm 'UTC'", Locale.ROOT).withZone(ZoneOffset.UTC);

  private static final int MOST_LINES = 20;

  private final Kind kind;
  private final JsonNode event;
  private final JsonNode data;
  private final MailRecipient recipient;
  private final Caller reader;
  private final UnaryOperator<String> link;

  /**
   * @param link where people find a path in the console
   */
  MailText(Kind kind, JsonNode event, MailRecipient recipient, UnaryOperator<String> link) {
    this.kind = kind;
    this.event = event;
    this.data = event.path("data");
    this.recipient = recipient;
    this.reader = recipient.reader();
    this.link = link;
  }

  /** In a few words, of whom first. */
  String subject() {
    return data.has("factory") ? text("factory") + ": " + happened() : happened();
  }

  String body() {
    List<String> lines = new ArrayList<>();
    lines.add(sentence());
    lines.add("");
    lines.addAll(details());
    lines.add("When: " + time(event, "time"));
    lines.add("");
    lines.add("What you can do: " + next());
    lines.add("");
    lines.add(link.apply(path()));
    lines.add("");
    lines.add("-- "); // what follows is no part of the message, as mail programs know
    lines.add(recipient.why());
    return String.join("\n", lines) + "\n";
  }

  private String happened() {
    return switch (kind) {
      case FAILED -> text("manifest") + " failed";
      case REFUSED -> text("manifest") + " was refused";
      case TOO_MANY_REJECTS -> "too many rows of " + text("manifest") + " were refused";
      case SECOND_PERSON -> text(byHand() ? "what" : "manifest") + " waits for a second person";
      case NIGHTLY ->
          data.path("complete").asBoolean()
              ? "the nightly run is done"
              : "the nightly run has ended, and left something open";
      case BUNDLE_READY -> "bundle " + text("name") + " is ready";
      case BUNDLE_UNFETCHED -> "nobody has fetched bundle " + text("name");
      case TOKENS_ENDING ->
          "tokens of %s end, and no renewal is on its way".formatted(devices(data));
      case KEYS_CHANGED -> "the keys are others";
    };
  }

  /** Whether what waits for a second person was asked for by hand, and no arrival brought it. */
  private boolean byHand() {
    return data.has("by");
  }

  private static String devices(JsonNode counted) {
    long devices = counted.path("devices").asLong();
    return devices == 1 ? "1 device" : "%,d devices".formatted(devices);
  }

  private String sentence() {
    String happened = happened();
    return Character.toUpperCase(happened.charAt(0))
        + happened.substring(1)
        + (data.has("factory") ? " (factory " + text("factory") + ")." : ".");
  }

  private List<String> details() {
    List<String> lines = new ArrayList<>();
    switch (kind) {
      case FAILED, REFUSED, TOO_MANY_REJECTS, SECOND_PERSON -> {
        if (data.has("problem")) {
          lines.add("Why: " + text("problem"));
        }
        if (data.has("rows") && data.has("rejected")) {
          lines.add("Rows: %s, of which refused: %s".formatted(text("rows"), text("rejected")));
        }
        lines.add(
            byHand()
                ? "Asked for by: " + text("by")
                : "Where: arrival %s, by %s%s"
                    .formatted(
                        text("arrival"),
                        text("arrivalSource"),
                        data.has("execution") ? ", execution " + text("execution") : ""));
      }
      case NIGHTLY -> {
        several(
            data.path("lists"),
            data.path("lists").size(),
            lines,
            list ->
                "List %s of factory %s: %s %s"
                    .formatted(
                        text(list, "fileName"),
                        text(list, "factory"),
                        text(list, "state"),
                        text(list, "problem")));
        lines.add("Lists that are tried again by themselves: " + text("listsPending"));
        several(
            data.path("hubs"),
            data.path("hubs").size(),
            lines,
            hub ->
                "Hub %s: %s confirmed, %s wait, %s failed %s"
                    .formatted(
                        text(hub, "hub"),
                        text(hub, "confirmed"),
                        text(hub, "pending"),
                        text(hub, "failed"),
                        text(hub, "problem")));
      }
      case BUNDLE_READY, BUNDLE_UNFETCHED -> {
        lines.add("Devices: " + text("devices"));
        if (data.has("deliveredAt")) {
          lines.add("Ready since: " + time(data, "deliveredAt"));
        }
        if (data.has("oldTokensEnd")) {
          lines.add("Their old tokens end from: " + time(data, "oldTokensEnd"));
        }
      }
      case TOKENS_ENDING -> {
        lines.add("The first ends: " + time(data, "firstEnd"));
        several(
            data.path("manifests"),
            data.path("manifestsInAll").asInt(),
            lines,
            manifest ->
                "Of manifest %s: %s, from %s"
                    .formatted(
                        text(manifest, "name"), devices(manifest), time(manifest, "firstEnd")));
      }
      case KEYS_CHANGED -> {
        JsonNode after = data.path("after");
        after
            .propertyStream()
            .forEach(
                property ->
                    lines.add("Now: %s %s".formatted(property.getKey(), property.getValue())));
      }
    }
    return lines;
  }

  private interface Line {
    String of(JsonNode one);
  }

  private static void several(JsonNode some, int inAll, List<String> lines, Line line) {
    some.valueStream().limit(MOST_LINES).map(line::of).map(String::strip).forEach(lines::add);
    if (inAll > MOST_LINES) {
      lines.add("… and %d more".formatted(inAll - MOST_LINES));
    }
  }

  /** What this reader can do, and nothing that only others can. */
  private String next() {
    boolean own = !reader.mayEverywhere(kind.permission());
    return switch (kind) {
      case FAILED ->
          reader.mayEverywhere(Permission.ARRIVAL_DECIDE)
              ? "see to what it says, then retry it on its page, or dismiss it."
              : own
                  ? "nothing for now. You need not send it again: the operator sees to it. Its page"
                      + " says how it goes on."
                  : "follow it on its page. An operator must see to it, then retry or dismiss it.";
      case REFUSED ->
          own
              ? "send it again, corrected. As it is it can never be taken."
              : "see to it that the factory knows: it must send it again, corrected. As it is it"
                  + " can never be taken.";
      case TOO_MANY_REJECTS ->
          reader.mayEverywhere(Permission.EXECUTION_CONTROL)
              ? "look at the refused rows. Let it go on with a higher limit, or withdraw it and"
                  + " have the factory send it again, corrected."
              : own
                  ? "look at the refused rows. Withdraw it and send it again, corrected; or ask the"
                      + " operator to let it go on without them."
                  : "look at the refused rows. An operator lets it go on without them, or withdraws"
                      + " it.";
      case SECOND_PERSON ->
          byHand()
              ? "look at it. If it is meant, and you may do that to devices and are not who asked"
                  + " for it, say so there too. Otherwise do nothing: "
                  + (data.has("choice")
                      ? "it is forgotten."
                      : "no device changes before somebody does.")
              : reader.mayEverywhere(Permission.DEVICE_REVOKE)
                  ? "look at what it would do. If it is meant, and you are not who sent it, approve"
                      + " it; if it is not, have an operator dismiss it."
                  : reader.mayEverywhere(Permission.ARRIVAL_DECIDE)
                      ? "look at what it would do. If it is meant, a security officer approves it;"
                          + " if it is not, dismiss it."
                      : own
                          ? "nothing, if you meant it: somebody else approves it. If it is a"
                              + " mistake, tell the operator."
                          : "look at what it would do. A security officer approves it, or an"
                              + " operator dismisses it.";
      case NIGHTLY ->
          data.path("complete").asBoolean()
              ? "nothing. All of it is done."
              : "look at what is open, from the overview on. What waits is tried again by itself;"
                  + " what failed or is held needs somebody.";
      case BUNDLE_READY ->
          own
              ? "fetch it, open it with your key, bring its tokens to their devices, and say so on"
                  + " its page."
              : "nothing. Its factory fetches it; you are told if it does not.";
      case BUNDLE_UNFETCHED ->
          own
              ? "fetch it, open it with your key, bring its tokens to their devices, and say so on"
                  + " its page. If the devices have them already, only say so."
              : "ask the factory whether its devices have these tokens. If they have, it says so on"
                  + " the bundle's page.";
      case TOKENS_ENDING ->
          reader.mayEverywhere(Permission.TOKEN_RENEW)
              ? "renew them: jobs/renew --factory %s, with --dry-run first, says what is due and what is in the way."
                  .formatted(text("factory"))
              : own
                  ? "ask the operator for their renewal. Devices whose token has ended fall silent."
                  : "see to it that an operator renews them. Devices whose token has ended fall"
                      + " silent.";
      case KEYS_CHANGED ->
          own
              ? "nothing, if you know why. If you do not, ask the operator at once: new bundles are"
                  + " for whoever has these keys."
              : "nothing, if you know why. If you do not, look in the audit who did it.";
    };
  }

  private String path() {
    return switch (kind) {
      case FAILED, REFUSED, TOO_MANY_REJECTS -> "/arrivals/" + text("arrival");
      case SECOND_PERSON ->
          data.has("choice")
              ? "/revocations/send/" + text("choice")
              : data.has("list") ? "/revocations/" + text("list") : "/arrivals/" + text("arrival");
      case NIGHTLY -> "/";
      case BUNDLE_READY, BUNDLE_UNFETCHED -> "/bundles/" + text("id");
      case TOKENS_ENDING ->
          "/devices?%stokenUntil=%s"
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
    return node.path(name).asString("").replaceAll("[\\p{Cntrl}\\p{Cf}\\u2028\\u2029]", "\uFFFD");
  }

  private static String time(JsonNode node, String name) {
    return TIME.format(Instant.parse(text(node, name)));
  }
}
