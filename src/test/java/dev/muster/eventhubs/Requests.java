package dev.muster.eventhubs;

import java.time.Instant;
import java.util.Date;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.apache.qpid.proton.Proton;
import org.apache.qpid.proton.amqp.messaging.AmqpValue;
import org.apache.qpid.proton.amqp.messaging.ApplicationProperties;
import org.apache.qpid.proton.message.Message;

/** The two nodes that answer: {@code $cbs} takes tokens, {@code $management} tells about hubs. */
final class Requests {

  private static final String SAS_TOKEN = "servicebus.windows.net:sastoken";
  private static final String HUB = "com.microsoft:eventhub";
  private static final String PARTITION = "com.microsoft:partition";

  /** What the service says of an empty partition's last event: .NET's first moment. */
  private static final Instant NEVER = Instant.parse("0001-01-01T00:00:00Z");

  private final Namespace namespace;
  private final Map<Resource, Instant> claims;

  Requests(Namespace namespace, Map<Resource, Instant> claims) {
    this.namespace = namespace;
    this.claims = claims;
  }

  Message putToken(Message request) {
    Map<String, Object> properties = properties(request);
    if (!"put-token".equals(properties.get("operation"))
        || !(request.getBody() instanceof AmqpValue body)
        || !(body.getValue() instanceof String token)) {
      return status(400, "A put-token request was expected, with the token as its body.");
    }
    if (!SAS_TOKEN.equals(properties.get("type"))) {
      return status(
          401, "Tokens of type '%s' are not taken here.".formatted(properties.get("type")));
    }
    String audience = String.valueOf(properties.get("name"));
    TokenVerdict verdict = namespace.judge(token, audience);
    if (verdict instanceof TokenVerdict.Accepted accepted) {
      Resource.parse(audience).ifPresent(claim -> claims.put(claim, accepted.until()));
    }
    return status(verdict, 202);
  }

  Message read(Message request) {
    Map<String, Object> properties = properties(request);
    String name = String.valueOf(properties.get("name"));
    TokenVerdict verdict =
        namespace.judge(String.valueOf(properties.get("security_token")), namespace.audience(name));
    if (verdict instanceof TokenVerdict.Refused) {
      return status(verdict, 200);
    }
    Optional<Hub> hub = namespace.hub(name);
    if (hub.isEmpty()) {
      return status(404, "The messaging entity '%s' could not be found.".formatted(name));
    }
    if (!"READ".equals(properties.get("operation"))) {
      return status(400, "Only READ is understood here.");
    }
    if (HUB.equals(properties.get("type"))) {
      return answer(describe(hub.get()));
    }
    if (PARTITION.equals(properties.get("type"))) {
      String id = String.valueOf(properties.get("partition"));
      return hub.get()
          .partition(id)
          .map(partition -> answer(describe(hub.get(), partition)))
          .orElseGet(() -> status(400, "There is no partition '%s'.".formatted(id)));
    }
    return status(400, "Only hubs and partitions can be read.");
  }

  private static Map<String, Object> describe(Hub hub) {
    Map<String, Object> body = new HashMap<>();
    body.put("name", hub.name());
    body.put("type", HUB);
    body.put("created_at", Date.from(hub.createdAt()));
    body.put("partition_count", hub.partitions().size());
    body.put("partition_ids", hub.partitions().stream().map(Partition::id).toArray(String[]::new));
    return body;
  }

  private static Map<String, Object> describe(Hub hub, Partition partition) {
    StoredEvent last = partition.last();
    Map<String, Object> body = new HashMap<>();
    body.put("name", hub.name());
    body.put("type", PARTITION);
    body.put("partition", partition.id());
    body.put("begin_sequence_number", 0L);
    body.put("last_enqueued_sequence_number", last == null ? -1L : last.sequenceNumber());
    body.put("last_enqueued_offset", last == null ? "-1" : last.offset());
    body.put("last_enqueued_time_utc", Date.from(last == null ? NEVER : last.enqueuedTime()));
    body.put("runtime_info_retrieval_time_utc", Date.from(Instant.now()));
    body.put("is_partition_empty", last == null);
    return body;
  }

  private static Map<String, Object> properties(Message request) {
    return request.getApplicationProperties() == null
        ? Map.of()
        : request.getApplicationProperties().getValue();
  }

  private static Message answer(Map<String, Object> body) {
    Message message = status(200, "OK");
    message.setBody(new AmqpValue(body));
    return message;
  }

  private static Message status(TokenVerdict verdict, int whenAccepted) {
    return verdict instanceof TokenVerdict.Refused refused
        ? status(401, refused.description())
        : status(whenAccepted, "Accepted");
  }

  private static Message status(int code, String description) {
    Message message = Proton.message();
    message.setApplicationProperties(
        new ApplicationProperties(Map.of("status-code", code, "status-description", description)));
    return message;
  }
}
