package dev.muster.eventhubs;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.muster.arrival.NoticedPlace.Notice;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.springframework.web.util.UriUtils;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * That a blob was created or got its name, as Event Grid says it: an event or an array of them, in
 * its own schema or as CloudEvents 1.0.
 *
 * @see <a href="https://learn.microsoft.com/azure/event-grid/event-schema-blob-storage">Azure Blob
 *     Storage as an Event Grid source</a>
 */
final class BlobNotice {

  /**
   * What puts a block blob there in one piece. All else (an append blob, a file of a Data Lake that
   * is flushed) is told at its first byte.
   */
  private static final Set<String> IN_ONE_PIECE =
      Set.of("PutBlob", "PutBlockList", "CopyBlob", "FlushWithClose", "SftpCommit");

  /** By type, where its data says which blob it is. */
  private static final Map<String, String> ADDRESSES =
      Map.of(
          "Microsoft.Storage.BlobCreated", "url",
          "Microsoft.Storage.BlobRenamed", "destinationUrl");

  /** A subject names the blob as it is called; addresses are encoded, or half, or not at all. */
  private static final Pattern SUBJECT =
      Pattern.compile("/blobServices/default/containers/(?<container>[^/]+)/blobs/(?<name>.+)");

  private static final Pattern ENCODED = Pattern.compile("%[0-9a-fA-F]{2}");

  private BlobNotice() {}

  /**
   * The blobs that a message tells of. Events of other types tell of none.
   *
   * @throws UnusableNoticeException when it is not what Event Grid sends
   */
  static List<Notice> of(byte[] message, JsonMapper json) throws UnusableNoticeException {
    JsonNode root;
    try {
      root = json.readTree(message);
    } catch (JacksonException e) {
      throw new UnusableNoticeException("It is not JSON.");
    }
    List<Notice> notices = new ArrayList<>();
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

  private static Notice notice(JsonNode event, String address) throws UnusableNoticeException {
    JsonNode data = event.path("data");
    String url = data.path(address).asString("");
    if (url.isEmpty()) {
      throw new UnusableNoticeException("Its data has no %s.".formatted(address));
    }
    String etag = data.path("eTag").asString("");
    JsonNode length = data.path("contentLength");
    try {
      return new Notice(
          URI.create(encoded(url, event.path("subject").asString(""))),
          etag.isEmpty() ? null : etag,
          length.isIntegralNumber() && length.canConvertToLong() ? length.longValue() : null,
          data.path("blobType").asString("").equals("BlockBlob")
              && IN_ONE_PIECE.contains(data.path("api").asString("")));
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
