package dev.muster.credential.sas;

import dev.muster.credential.Authority;
import dev.muster.home.NotConfiguredException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** The hubs there are. */
public final class Hubs implements Authority.Kind {

  private final List<Hub> all;
  private final List<Hub> accepting;
  private final boolean development;

  Hubs(List<Hub> all, boolean development, Set<String> draining) {
    this.all = List.copyOf(all);
    this.accepting = all.stream().filter(hub -> !draining.contains(hub.name())).toList();
    this.development = development;
    List<String> names = all.stream().map(Hub::name).toList();
    if (names.stream().distinct().count() < names.size()) {
      throw new IllegalStateException(
          "muster.hubs: two hubs have the same name: "
              + names.stream().sorted().collect(Collectors.joining(", "))
              + ".");
    }
    if (accepting.isEmpty() && !all.isEmpty()) {
      throw new IllegalStateException(
          "muster.hubs: all hubs are draining, so new devices have nowhere to go. Take draining"
              + " from one of them, or add another.");
    }
  }

  @Override
  public List<Hub> all() {
    return all;
  }

  /** The hubs that new devices are assigned to: all but those that are being drained. */
  public List<Hub> accepting() {
    return accepting;
  }

  public Optional<Hub> find(String name) {
    return all.stream().filter(hub -> hub.name().equals(name)).findFirst();
  }

  /**
   * The hub of this name.
   *
   * @throws NotConfiguredException when it is not configured any more
   */
  public Hub byName(String name) {
    return find(name)
        .orElseThrow(
            () ->
                new NotConfiguredException(
                    "Hub '%s' has devices, but is not configured any more. Configure it again under muster.hubs."
                        .formatted(name)));
  }

  /** Whether these are not configured hubs but the one that development starts with. */
  public boolean development() {
    return development;
  }
}
