package dev.muster.kafka;

import dev.muster.arrival.ArrivalKind;
import dev.muster.arrival.Inbox;
import dev.muster.arrival.NewArrival;
import dev.muster.arrival.NewArrival.Said;
import dev.muster.arrival.Source;
import dev.muster.factory.SignedFile;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * A message on the topic of manifests or of revocation lists: the file itself, or the announcement
 * of one that lies elsewhere (CloudEvents 1.0, JSON).
 *
 * @param whole whether its value is the manifest itself
 * @see <a
 *     href="https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/kafka-protocol-binding.md">Kafka
 *     protocol binding for CloudEvents</a>
 */
record ManifestMessage(NewArrival arrival, boolean whole) {

  static final Source SOURCE = new Source("kafka");
  static final String FACTORY = "factory";
  static final String MANIFEST_NAME = "manifest-name";
  static final String SIGNATURE = "signature";

  private static final Pattern SHA256 = Pattern.compile("[0-9a-fA-F]{64}");
  private static final Pattern CONTROL = Pattern.compile("\\p{Cntrl}");
  private static final int MAX_NAME_LENGTH = 255;

  /**
   * Reads a message; a batch of announcements brings several.
   *
   * @param announced the announcements in it; none: its value is the file
   * @throws UnusableMessageException when it can never work
   */
  static List<ManifestMessage> of(
      ConsumerRecord<String, byte[]> message, List<CloudEvent> announced, ArrivalKind kind) {
    String factory = factory(message);
    String signature = signature(message);
    if (!announced.isEmpty()) {
      List<ManifestMessage> announcements = new ArrayList<>();
      for (CloudEvent event : announced) {
        String id = sourceId(message) + (announced.size() == 1 ? "" : "#" + announcements.size());
        announcements.add(announcement(id, event.data(), kind, factory, signature));
      }
      return announcements;
    }
    String name = header(message, MANIFEST_NAME);
    return List.of(
        new ManifestMessage(
            new NewArrival(
                kind,
                SOURCE,
                sourceId(message),
                factory,
                fit(
                    MANIFEST_NAME,
                    name == null
                        ? "%s-%d-%d.csv"
                            .formatted(message.topic(), message.partition(), message.offset())
                        : name),
                Inbox.CONTENT,
                null,
                null, // a message is short
                new Said(null, null, signature)),
            true));
  }

  /**
   * Where it lies in the broker, and when it was sent: offsets begin anew when a topic is made
   * again, and what comes then must not be taken for what came before.
   */
  static String sourceId(ConsumerRecord<?, ?> message) {
    return "%s-%d@%d-%d"
        .formatted(message.topic(), message.partition(), message.offset(), message.timestamp());
  }

  private static ManifestMessage announcement(
      String sourceId,
      JsonNode data,
      ArrivalKind kind,
      String factory,
      @Nullable String signature) {
    URI url = url(data.path("url").asString(""));
    String sha256 = data.path("sha256").asString("");
    if (!SHA256.matcher(sha256).matches()) {
      throw new UnusableMessageException(
          "data.sha256 of the announcement is '%s'; it must be the 64 hex digits of the file's SHA-256."
              .formatted(sha256));
    }
    JsonNode rows = data.path("rows");
    boolean counted = rows.isIntegralNumber() && rows.canConvertToLong();
    if (!rows.isMissingNode() && !rows.isNull() && !counted) {
      throw new UnusableMessageException(
          "data.rows of the announcement is %s; it must be a whole number, or be left out."
              .formatted(rows));
    }
    String path = url.getPath();
    return new ManifestMessage(
        new NewArrival(
            kind,
            SOURCE,
            sourceId,
            factory,
            fit("data.url", path.substring(path.lastIndexOf('/') + 1)),
            url,
            null,
            null,
            new Said(sha256.toLowerCase(Locale.ROOT), counted ? rows.asLong() : null, signature)),
        false);
  }

  private static URI url(String text) {
    if (text.indexOf('?') >= 0) { // first of all: no other sentence may quote what stands there
      throw new UnusableMessageException(
          "data.url of the announcement has a query. Leave credentials out of it: Muster has its"
              + " own.");
    }
    try {
      URI url = URI.create(text);
      String scheme = String.valueOf(url.getScheme());
      if ((scheme.equals("https") || scheme.equals("http"))
          && url.getHost() != null
          && url.getPath() != null
          && !url.getPath().endsWith("/")) {
        return url;
      }
    } catch (IllegalArgumentException e) {
      // said below
    }
    throw new UnusableMessageException(
        "data.url of the announcement is '%s'; it must be the https address of a blob."
            .formatted(text));
  }

  static String factory(ConsumerRecord<String, byte[]> message) {
    String header = header(message, FACTORY);
    String key = message.key();
    if (header != null && key != null && !header.equals(key)) {
      throw new UnusableMessageException(
          "The key says that it is of factory '%s', and the header factory says '%s'. Make them the same."
              .formatted(key, header));
    }
    String factory = header == null ? key : header;
    if (factory == null || factory.isBlank()) {
      throw new UnusableMessageException(
          "The message does not say whose it is. Send the factory's id as its key.");
    }
    return fit(FACTORY, factory);
  }

  private static @Nullable String signature(ConsumerRecord<String, byte[]> message) {
    String signature = header(message, SIGNATURE);
    if (signature == null) {
      return null;
    }
    if (!SignedFile.isSignature(signature)) {
      throw new UnusableMessageException(
          "The header signature must be a time and the 64 bytes of an Ed25519 signature in"
              + " Base64.");
    }
    return signature;
  }

  private static String fit(String what, String text) {
    if (text.isEmpty() || text.length() > MAX_NAME_LENGTH || CONTROL.matcher(text).find()) {
      throw new UnusableMessageException(
          "%s must have 1 to %d characters, none of them a control character."
              .formatted(what, MAX_NAME_LENGTH));
    }
    return text;
  }

  static @Nullable String header(ConsumerRecord<String, byte[]> message, String name) {
    String value = null;
    for (Header header : message.headers()) {
      // In any case, as over HTTP, from where many senders have them.
      if (header.key().equalsIgnoreCase(name) && header.value() != null) {
        value = new String(header.value(), StandardCharsets.UTF_8);
      }
    }
    return value;
  }
}
