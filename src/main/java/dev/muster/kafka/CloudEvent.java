package dev.muster.kafka;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.zip.GZIPInputStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * An event in a message: that a file lies elsewhere, or that a bundle's tokens are in their devices
 * (CloudEvents 1.0, JSON).
 *
 * @see <a
 *     href="https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/kafka-protocol-binding.md">Kafka
 *     protocol binding for CloudEvents</a>
 */
record CloudEvent(String type, JsonNode data) {

  private static final String CONTENT_TYPE = "content-type";
  private static final String CLOUD_EVENT = "application/cloudevents";
  private static final int ENOUGH_TO_SEE = 256;
  private static final int LONGEST_ANNOUNCEMENT = 4 << 20;

  /**
   * The events in a message, in any of the binding's three modes; none when it is a manifest. No
   * manifest begins with a brace or a bracket, so those who forget the header are understood too,
   * whatever mark or white space stands before it, gzipped or not.
   *
   * @throws UnusableMessageException when it can never work
   */
  static List<CloudEvent> in(ConsumerRecord<String, byte[]> message, JsonMapper json) {
    byte[] value = message.value();
    if (value == null || value.length == 0) {
      throw new UnusableMessageException(
          "The message is empty. Send the manifest as its value, or an announcement of it.");
    }
    String contentType = ManifestMessage.header(message, CONTENT_TYPE);
    String type = contentType == null ? "" : contentType.strip().toLowerCase(Locale.ROOT);
    String binary = ManifestMessage.header(message, "ce_specversion");
    byte[] start = unpacked(value, ENOUGH_TO_SEE);
    int at = firstCharacter(start);
    boolean braced = at < start.length && (start[at] == '{' || start[at] == '[');
    if (!type.startsWith(CLOUD_EVENT) && binary == null && !braced) {
      return List.of();
    }
    byte[] whole = unpacked(value, LONGEST_ANNOUNCEMENT);
    int from = firstCharacter(whole);
    JsonNode root;
    try {
      root = json.readTree(new String(whole, from, whole.length - from, StandardCharsets.UTF_8));
    } catch (JacksonException e) {
      throw new UnusableMessageException(
          "The announcement is not JSON. Send a CloudEvent as JSON: structured, binary or batch.");
    }
    if (binary != null && !type.startsWith(CLOUD_EVENT)) {
      checkVersion("Its header ce_specversion", binary);
      String said = ManifestMessage.header(message, "ce_type");
      return List.of(new CloudEvent(said == null ? "" : said, root));
    }
    List<CloudEvent> events = new ArrayList<>();
    for (JsonNode event : root.isArray() ? root : List.of(root)) {
      checkVersion("Its specversion", event.path("specversion").asString(""));
      events.add(new CloudEvent(event.path("type").asString(""), event.path("data")));
    }
    if (events.isEmpty()) {
      throw new UnusableMessageException("The batch holds no announcement.");
    }
    return events;
  }

  private static void checkVersion(String where, String version) {
    if (!version.startsWith("1.")) {
      throw new UnusableMessageException(
          "The announcement is no CloudEvent 1.0. %s is '%s'.".formatted(where, version));
    }
  }

  /** Behind a byte order mark and white space. */
  private static int firstCharacter(byte[] text) {
    int at =
        text.length >= 3
                && text[0] == (byte) 0xef
                && text[1] == (byte) 0xbb
                && text[2] == (byte) 0xbf
            ? 3
            : 0;
    while (at < text.length && Character.isWhitespace(text[at])) {
      at++;
    }
    return at;
  }

  /** The beginning of a value, out of its gzip if it is in one. */
  private static byte[] unpacked(byte[] value, int most) {
    if (value.length < 2 || value[0] != (byte) 0x1f || value[1] != (byte) 0x8b) {
      return Arrays.copyOf(value, Math.min(value.length, most));
    }
    try (InputStream content = new GZIPInputStream(new ByteArrayInputStream(value))) {
      return content.readNBytes(most);
    } catch (IOException e) {
      return new byte[0]; // whatever it is, it is refused where manifests are read
    }
  }
}
