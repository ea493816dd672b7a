package dev.muster.credential.sas;

import dev.muster.credential.HubNumbers;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Where devices are put: among the hubs that there are, those their factory may use, by rules. */
@Component
public final class Placement {

  private final Hubs hubs;
  private final HubNumbers numbers;
  private final PlacementProperties properties;

  Placement(Hubs hubs, HubNumbers numbers, PlacementProperties properties) {
    this.hubs = hubs;
    this.numbers = numbers;
    this.properties = properties;
  }

  /**
   * The places of a factory's devices, as hubs are configured now.
   *
   * @param allowed the names of the hubs that it may use; empty: any
   * @param drained a hub that devices are to leave; null: none
   * @throws dev.muster.home.NotConfiguredException when one of them is not configured any more
   */
  public Places within(List<String> allowed, @Nullable String drained) {
    List<Hub> may =
        allowed.isEmpty() ? hubs.accepting() : allowed.stream().map(hubs::byName).toList();
    // A hub that is being drained takes what may go nowhere else.
    List<Hub> accepting = may.stream().filter(hubs.accepting()::contains).toList();
    List<Hub> left =
        (accepting.isEmpty() ? may : accepting)
            .stream().filter(hub -> !hub.name().equals(drained)).toList();
    Optional<Hub> apart =
        hubs.find(String.valueOf(properties.quarantine()))
            .filter(hub -> !hub.name().equals(drained));
    List<String> names =
        Stream.concat(left.stream(), apart.stream()).map(Hub::name).distinct().toList();
    List<Short> assigned = numbers.assign(names);
    return new Places(
        left,
        properties.rules(),
        apart.orElse(null),
        hub -> assigned.get(names.indexOf(hub.name())));
  }

  /** What the hub is called for which nobody is placed by weight, or moved away. */
  public @Nullable String quarantineName() {
    return properties.quarantine();
  }

  /** The number of the hub for which nobody is placed by weight, or moved away. */
  public @Nullable Short quarantine() {
    return properties.quarantine() == null
        ? null
        : numbers.assign(List.of(properties.quarantine())).get(0);
  }
}
