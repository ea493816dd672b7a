package dev.muster.kafka;

import dev.muster.arrival.ArrivalKind;
import dev.muster.arrival.Inbox;
import dev.muster.arrival.NewArrival;
import dev.muster.arrival.NewArrival.Said;
import dev.muster.arrival.Source;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Locale;
import java.util.regex.Pattern;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A message on the topic of manifests or of revocation lists: the file itself, or the announcement
 * of one that lies elsewhere (CloudEvents 1.0, JSON, structured mode).
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

  private static final String CONTENT_TYPE = "content-type";
  private static final String CLOUD_EVENT = "application/cloudevents";
  private static final Pattern SHA256 = Pattern.compile("[0-9a-fA-F]{64}");
  private static final Pattern CONTROL = Pattern.compile("\\p{Cntrl}");
  private static final int MAX_NAME_LENGTH = 255;
  private static final int SIGNATURE_BYTES = 64;

  /**
   * Reads a message.
   *
   * @throws UnusableMessageException when it can never work
   */
  static ManifestMessage of(
      ConsumerRecord<String, byte[]> message, ArrivalKind kind, JsonMapper json) {
    byte[] value = message.value();
    if (value == null || value.length == 0) {
      throw new UnusableMessageException(
          "The message is empty. Send the manifest as its value, or an announcement of it.");
    }
    String factory = factory(message);
    String signature = signature(message);
    if (isAnnouncement(message, value)) {
      return announcement(message, kind, json, factory, signature);
    }
    String name = header(message, MANIFEST_NAME);
    return new ManifestMessage(
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
            new Said(null, null, signature, null)),
        true);
  }

  /**
   * Where it lies in the broker, and when it was sent: offsets begin anew when a topic is made
   * again, and what comes then must not be taken for what came before.
   */
  static String sourceId(ConsumerRecord<String, byte[]> message) {
    return "%s-%d@%d-%d"
        .formatted(message.topic(), message.partition(), message.offset(), message.timestamp());
  }

  private static ManifestMessage announcement(
      ConsumerRecord<String, byte[]> message,
      ArrivalKind kind,
      JsonMapper json,
      String factory,
      @Nullable String signature) {
    JsonNode event;
    try {
      event = json.readTree(message.value());
    } catch (JacksonException e) {
      throw new UnusableMessageException(
          "The announcement is not JSON. Send a CloudEvent in structured mode.");
    }
    if (!event.path("specversion").asString("").startsWith("1.")) {
      throw new UnusableMessageException(
          "The announcement is no CloudEvent 1.0: its specversion is '%s'."
              .formatted(event.path("specversion").asString("")));
    }
    JsonNode data = event.path("data");
    URI url = url(data.path("url").asString(""));
    String sha256 = data.path("sha256").asString("");
    if (!SHA256.matcher(sha256).matches()) {
      throw new UnusableMessageException(
          "data.sha256 of the announcement is '%s'; it must be the 64 hex digits of the file's SHA-256."
              .formatted(sha256));
    }
    JsonNode rows = data.path("rows");
    if (!rows.isMissingNode() && !rows.isNull() && !rows.isIntegralNumber()) {
      throw new UnusableMessageException(
          "data.rows of the announcement is %s; it must be a whole number, or be left out."
              .formatted(rows));
    }
    String path = url.getPath();
    return new ManifestMessage(
        new NewArrival(
            kind,
            SOURCE,
            sourceId(message),
            factory,
            fit("data.url", path.substring(path.lastIndexOf('/') + 1)),
            url,
            null,
            new Said(
                sha256.toLowerCase(Locale.ROOT),
                rows.isIntegralNumber() ? rows.asLong() : null,
                signature,
                null)),
        false);
  }

  private static URI url(String text) {
    try {
      URI url = URI.create(text);
      String scheme = String.valueOf(url.getScheme());
      if ((scheme.equals("https") || scheme.equals("http"))
          && url.getHost() != null
          && url.getPath() != null
          && !url.getPath().endsWith("/")) {
        if (url.getQuery() != null) {
          throw new UnusableMessageException(
              "data.url of the announcement has a query. Leave credentials out of it: Muster has"
                  + " its own.");
        }
        return url;
      }
    } catch (IllegalArgumentException e) {
      // said below
    }
    throw new UnusableMessageException(
        "data.url of the announcement is '%s'; it must be the https address of a blob."
            .formatted(text));
  }

  private static boolean isAnnouncement(ConsumerRecord<String, byte[]> message, byte[] value) {
    String contentType = header(message, CONTENT_TYPE);
    // No manifest begins with a brace, so senders that forget the header are understood too.
    return (contentType != null && contentType.startsWith(CLOUD_EVENT)) || value[0] == '{';
  }

  private static String factory(ConsumerRecord<String, byte[]> message) {
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
    try {
      if (Base64.getDecoder().decode(signature).length == SIGNATURE_BYTES) {
        return signature;
      }
    } catch (IllegalArgumentException e) {
      // said below
    }
    throw new UnusableMessageException(
        "The header signature must be the 64 bytes of an Ed25519 signature in Base64.");
  }

  private static String fit(String what, String text) {
    if (text.isEmpty() || text.length() > MAX_NAME_LENGTH || CONTROL.matcher(text).find()) {
      throw new UnusableMessageException(
          "%s must have 1 to %d characters, none of them a control character."
              .formatted(what, MAX_NAME_LENGTH));
    }
    return text;
  }

  private static @Nullable String header(ConsumerRecord<String, byte[]> message, String name) {
    Header header = message.headers().lastHeader(name);
    return header == null || header.value() == null
        ? null
        : new String(header.value(), StandardCharsets.UTF_8);
  }
}
