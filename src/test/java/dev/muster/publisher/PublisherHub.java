package dev.muster.publisher;

import dev.muster.eventhubs.Resource;
import dev.muster.eventhubs.SharedAccessPolicy;
import dev.muster.eventhubs.TokenVerdict;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.UnaryOperator;

/** A hub: its two policies, the publishers it has revoked, and the events it took. */
final class PublisherHub {

  private final Resource resource;
  private final Map<String, SharedAccessPolicy> policies = new ConcurrentHashMap<>();
  private final NavigableSet<String> revoked = new ConcurrentSkipListSet<>();
  private final Map<String, List<String>> events = new ConcurrentHashMap<>();

  PublisherHub(Resource resource) {
    this.resource = resource;
    for (String name : List.of(HubHttpStandIn.DEVICE_SEND, HubHttpStandIn.MANAGE)) {
      policies.put(name, SharedAccessPolicy.withNewKeys(name));
    }
  }

  SharedAccessPolicy policy(String name) {
    return Optional.ofNullable(policies.get(name))
        .orElseThrow(() -> new IllegalArgumentException("No policy '" + name + "'."));
  }

  void change(String policy, UnaryOperator<SharedAccessPolicy> change) {
    policies.put(policy, change.apply(policy(policy)));
  }

  /** Why the token does not allow to send to this resource; nothing when it does. */
  Optional<String> whyNotSend(String token, Resource audience) {
    return refusal(
        token,
        audience,
        List.of(policy(HubHttpStandIn.DEVICE_SEND), policy(HubHttpStandIn.MANAGE)));
  }

  /** Why the token does not allow to manage the hub; nothing when it does. */
  Optional<String> whyNotManage(String token) {
    Optional<String> refusal = refusal(token, resource, List.of(policy(HubHttpStandIn.MANAGE)));
    return refusal.isPresent() && whyNotSend(token, resource).isEmpty()
        ? Optional.of("Unauthorized: 'Manage' claim is required to perform this operation.")
        : refusal;
  }

  boolean isRevoked(String publisher) {
    return revoked.contains(key(publisher));
  }

  boolean revoke(String publisher) {
    return revoked.add(key(publisher));
  }

  boolean restore(String publisher) {
    return revoked.remove(key(publisher));
  }

  NavigableSet<String> revoked() {
    return revoked;
  }

  void take(String publisher, String event) {
    events.computeIfAbsent(key(publisher), none -> new CopyOnWriteArrayList<>()).add(event);
  }

  List<String> events(String publisher) {
    return List.copyOf(events.getOrDefault(key(publisher), List.of()));
  }

  private Optional<String> refusal(
      String token, Resource audience, List<SharedAccessPolicy> allowed) {
    String why = "MissingToken: The authorization header was not found.";
    for (SharedAccessPolicy policy : allowed) {
      if (policy.judge(token, audience, resource) instanceof TokenVerdict.Refused refused) {
        boolean anotherPolicy = refused.description().startsWith("InvalidSignature");
        why = anotherPolicy && !why.startsWith("Missing") ? why : refused.description();
      } else {
        return Optional.empty();
      }
    }
    return Optional.of(why);
  }

  private static String key(String publisher) {
    return publisher.toLowerCase(Locale.ROOT);
  }
}
