package dev.muster.arrival;

import dev.muster.factory.DeliveryPlace;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import org.springframework.stereotype.Component;

/** All places. What lies somewhere lies in exactly one of them. */
@Component
public class Places {

  private final List<Place> places;

  Places(List<Place> places) {
    this.places = places;
  }

  /** The place that factories call so; empty when it is not configured. */
  public Optional<Place> named(DeliveryPlace name) {
    return places.stream().filter(place -> place.name() == name).findFirst();
  }

  /**
   * The place of what lies there; empty when its account or folder is configured no longer.
   *
   * @throws IllegalStateException when two say that it is theirs: one of them would answer what the
   *     other was sent
   */
  public Optional<Place> holding(URI location) {
    List<Place> holding = places.stream().filter(place -> place.holds(location)).toList();
    if (holding.size() > 1) {
      throw new IllegalStateException(
          "%s is in two places, %s. Configure one of them elsewhere."
              .formatted(
                  location,
                  String.join(
                      " and ",
                      holding.stream().map(place -> place.getClass().getSimpleName()).toList())));
    }
    return holding.stream().findFirst();
  }
}
