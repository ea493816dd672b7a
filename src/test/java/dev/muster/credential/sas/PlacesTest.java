package dev.muster.credential.sas;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.muster.credential.sas.PlacementProperties.Rule;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** See also ReassignmentTests, where whole manifests are put somewhere. */
class PlacesTest {

  private static final Rule EUROPE = new Rule("region", List.of("eu", "eu-*"), List.of("east"));

  private final Hub east = TestHubs.hub("east");
  private final Hub west = TestHubs.hub("west");
  private final Hub apart = TestHubs.hub("apart");

  @Test
  void whatARulePutsWhereItsFactoryMayNotHasNoHubUnlessThereIsQuarantine() {
    assertThat(hub(places(List.of(west), null), "eu")).isNull();
    assertThat(hub(places(List.of(west), null), "us")).isEqualTo("west");
    assertThat(hub(places(List.of(west), apart), "eu")).isEqualTo("apart");
    assertThat(hub(places(List.of(west), apart), "us")).as("no rule").isEqualTo("apart");
    assertThat(hub(places(List.of(east, west), apart), "eu-north")).isEqualTo("east");
    assertThat(hub(places(List.of(east, west), null), "Eu")).as("no rule").isIn("east", "west");
    assertThat(hub(places(List.of(), apart), "eu")).as("it may be nowhere").isNull();
  }

  @Test
  void quarantineGetsNobodyByWeightWhereThereAreNoRules() {
    Places places = new Places(List.of(east, apart), List.of(), apart, PlacesTest::number);

    for (long id = 0; id < 100; id++) {
      assertThat(places.hubOf(id, id, column -> null)).isEqualTo(number(east));
    }
  }

  @Test
  void whoMayUseNothingButQuarantineIsPutThere() {
    Places places = new Places(List.of(apart), List.of(), apart, PlacesTest::number);

    assertThat(places.hubOf(1, 2, column -> null)).isEqualTo(number(apart));
  }

  @Test
  void whatIsConfiguredWrongIsSaidAtTheStart() {
    Hubs hubs = new Hubs(List.of(east, west), false, Set.of("east"));

    assertThatThrownBy(() -> new PlacementProperties(List.of(), "north").check(hubs))
        .hasMessage(
            "muster.placement: there is no hub 'north' under muster.hubs. There are: east, west.");
    assertThatThrownBy(() -> new PlacementProperties(List.of(EUROPE), null).check(hubs))
        .hasMessageContaining("all hubs of the rule for region are draining");
    assertThatThrownBy(() -> new PlacementProperties(List.of(), "west").check(hubs))
        .hasMessageContaining("'west' is the only hub that takes devices");
  }

  private static Places places(List<Hub> allowed, @Nullable Hub quarantine) {
    return new Places(allowed, List.of(EUROPE), quarantine, PlacesTest::number);
  }

  private static short number(Hub hub) {
    return (short) List.of("east", "west", "apart").indexOf(hub.name());
  }

  private static @Nullable String hub(Places places, String region) {
    short hub = places.hubOf(1, 2, Map.of("region", region)::get);
    return hub == Places.NONE ? null : List.of("east", "west", "apart").get(hub);
  }
}
