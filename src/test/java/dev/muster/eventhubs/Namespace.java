package dev.muster.eventhubs;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** The hubs behind one address, who may use them, and who receives from them just now. */
final class Namespace {

  private final String host;
  private final SharedAccessPolicy policy;
  private final Map<String, Hub> hubs = new LinkedHashMap<>();
  private final Receivers receivers = new Receivers();

  Namespace(String host, SharedAccessPolicy policy, List<Hub> hubs) {
    this.host = host;
    this.policy = policy;
    hubs.forEach(hub -> this.hubs.put(hub.name().toLowerCase(Locale.ROOT), hub));
  }

  SharedAccessPolicy policy() {
    return policy;
  }

  Receivers receivers() {
    return receivers;
  }

  Optional<Hub> hub(String name) {
    return Optional.ofNullable(hubs.get(name.toLowerCase(Locale.ROOT)));
  }

  /** What a link's address stands for, as tokens name it. */
  Resource resource(String address) {
    return Resource.of(host, address);
  }

  /** How a client names a hub, or what is in it, when it asks for a token. */
  String audience(String address) {
    return "amqp://%s/%s".formatted(host, address);
  }

  TokenVerdict judge(String token, String audience) {
    Optional<Resource> resource = Resource.parse(audience).filter(given -> given.isAt(host));
    return resource.isPresent()
        ? policy.judge(token, resource.get(), resource(""))
        : new TokenVerdict.Refused("InvalidAudience: There is no '%s' here.".formatted(audience));
  }
}
