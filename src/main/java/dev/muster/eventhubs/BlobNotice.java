package dev.muster.eventhubs;

import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * That a blob was created, as Event Grid says it: an event or an array of them, in its own schema
 * or as CloudEvents 1.0.
 *
 * @param etag without quotes; null when the notice has none
 * @see <a href="https://learn.microsoft.com/azure/event-grid/event-schema-blob-storage">Azure Blob
 *     Storage as an Event Grid source</a>
 */
record BlobNotice(URI url, @Nullable String etag) {

  private static final String BLOB_CREATED = "Microsoft.Storage.BlobCreated";

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
      if (type.equals(BLOB_CREATED)) {
        notices.add(created(event.path("data")));
      }
    }
    return notices;
  }

  private static BlobNotice created(JsonNode data) throws UnusableNoticeException {
    String url = data.path("url").asString("");
    if (url.isEmpty()) {
      throw new UnusableNoticeException("Its data has no url.");
    }
    String etag = data.path("eTag").asString("").replace("\"", "");
    try {
      return new BlobNotice(URI.create(url), etag.isEmpty() ? null : etag);
    } catch (IllegalArgumentException e) {
      throw new UnusableNoticeException("Its url is none.");
    }
  }
}
