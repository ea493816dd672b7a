package dev.muster.eventhubs;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.web.util.UriUtils;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * That a blob was created or got its name, as Event Grid says it: an event or an array of them, in
 * its own schema or as CloudEvents 1.0.
 *
 * @param etag without quotes; null when the notice has none
 * @see <a href="https://learn.microsoft.com/azure/event-grid/event-schema-blob-storage">Azure Blob
 *     Storage as an Event Grid source</a>
 */
record BlobNotice(URI url, @Nullable String etag) {

  /** By type, where its data says which blob it is. */
  private static final Map<String, String> ADDRESSES =
      Map.of(
          "Microsoft.Storage.BlobCreated", "url",
          "Microsoft.Storage.BlobRenamed", "destinationUrl");

  /** A subject names the blob as it is called; addresses are encoded, or half, or not at all. */
  private static final Pattern SUBJECT =
      Pattern.compile("/blobServices/default/containers/(?<container>[^/]+)/blobs/(?<name>.+)");

  private static final Pattern ENCODED = Pattern.compile("%[0-9a-fA-F]{2}");

  /**
   * The blobs that a message tells of. Events of other types tell of none.
   *
   * @throws UnusableNoticeException when it is not what Event Grid sends
   */
  static List<BlobNotice> of(byte[] message, JsonMapper json) throws UnusableNoticeException {
    JsonNode root;
    try {
      root = json.readTree(message);
    } catch (JacksonException e) {
      throw new UnusableNoticeException("It is not JSON.");
    }
    List<BlobNotice> notices = new ArrayList<>();
    for (JsonNode event : root.isArray() ? root : List.of(root)) {
      // CloudEvents calls it type, Event Grid's own schema eventType.
      String type = event.path("type").asString(event.path("eventType").asString(""));
      if (type.isEmpty()) {
        throw new UnusableNoticeException("It has neither a type nor an eventType.");
      }
      String address = ADDRESSES.get(type);
      if (address != null) {
        notices.add(notice(event, address));
      }
    }
    return notices;
  }

  private static BlobNotice notice(JsonNode event, String address) throws UnusableNoticeException {
    String url = event.path("data").path(address).asString("");
    if (url.isEmpty()) {
      throw new UnusableNoticeException("Its data has no %s.".formatted(address));
    }
    String etag = event.path("data").path("eTag").asString("").replace("\"", "");
    try {
      return new BlobNotice(
          URI.create(encoded(url, event.path("subject").asString(""))),
          etag.isEmpty() ? null : etag);
    } catch (IllegalArgumentException e) {
      throw new UnusableNoticeException(
          "Its %s is no address, and its subject names no blob.".formatted(address));
    }
  }

  private static String encoded(String url, String subject) {
    Matcher blob = SUBJECT.matcher(subject);
    if (blob.matches()) {
      String container = "/" + blob.group("container") + "/";
      int at = url.indexOf(container, url.indexOf("//") + 2);
      if (at > 0) {
        return url.substring(0, at) + container + encoded(blob.group("name"), false);
      }
    }
    int path = url.indexOf('/', url.indexOf("//") + 2);
    return path < 0 ? url : url.substring(0, path) + encoded(url.substring(path), true);
  }

  /**
   * @param partly whether what looks encoded is, and what stands behind a question mark is no name
   */
  private static String encoded(String name, boolean partly) {
    int query = partly ? name.indexOf('?') : -1;
    String path = query < 0 ? name : name.substring(0, query);
    StringBuilder encoded = new StringBuilder();
    int from = 0;
    Matcher already = ENCODED.matcher(path);
    while (partly && already.find()) {
      encoded.append(UriUtils.encodePath(path.substring(from, already.start()), UTF_8));
      encoded.append(already.group());
      from = already.end();
    }
    encoded.append(UriUtils.encodePath(path.substring(from), UTF_8));
    return encoded + (query < 0 ? "" : name.substring(query));
  }
}
