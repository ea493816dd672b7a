package dev.muster.web;

import dev.muster.publisher.HubHttpStandIn;
import org.springframework.boot.test.context.TestConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.test.context.DynamicPropertyRegistrar;
import org.springframework.test.context.DynamicPropertyRegistry;

/**
 * The hubs of the console's tests: {@code west} and {@code east}, which nobody may manage, and
 * {@code north}, which is there and confirms what it is told. Only factories that are bound to
 * {@code north} have devices there.
 */
@TestConfiguration(proxyBeanMethods = false)
class ConsoleHubs {

  static final String NORTH = "north";

  static final HubHttpStandIn STAND_IN = HubHttpStandIn.start(NORTH);

  @Bean
  static DynamicPropertyRegistrar hubsOfTheConsole() {
    return properties -> {
      hub(properties, 0, "west", "contoso-west.servicebus.windows.net", "telemetry");
      hub(properties, 1, "east", "contoso-east.servicebus.windows.net", "telemetry");
      for (String which : new String[] {"west", "east"}) {
        String prefix = "muster.hubs[%d].".formatted(which.equals("west") ? 0 : 1);
        properties.add(prefix + "primary-key", () -> "primary-key-of-" + which + "-for-tests-only");
        properties.add(
            prefix + "secondary-key", () -> "secondary-key-of-" + which + "-for-tests-only");
      }
      hub(properties, 2, NORTH, STAND_IN.namespace(), NORTH);
      properties.add(
          "muster.hubs[2].primary-key",
          () -> STAND_IN.primaryKey(NORTH, HubHttpStandIn.DEVICE_SEND));
      properties.add(
          "muster.hubs[2].secondary-key",
          () -> STAND_IN.secondaryKey(NORTH, HubHttpStandIn.DEVICE_SEND));
      properties.add("muster.hubs[2].manage-key-name", () -> HubHttpStandIn.MANAGE);
      properties.add(
          "muster.hubs[2].manage-key", () -> STAND_IN.primaryKey(NORTH, HubHttpStandIn.MANAGE));
      properties.add("muster.hubs[2].draining", () -> "true");
      properties.add(
          "spring.ssl.bundle.pem.stand-in.truststore.certificate",
          () -> "file:" + STAND_IN.certificate());
      properties.add("muster.publishers.ssl-bundle", () -> "stand-in");
      properties.add("muster.publishers.first-delay", () -> "20ms");
    };
  }

  private static void hub(
      DynamicPropertyRegistry properties, int index, String name, String namespace, String hub) {
    String prefix = "muster.hubs[%d].".formatted(index);
    properties.add(prefix + "name", () -> name);
    properties.add(prefix + "namespace", () -> namespace);
    properties.add(prefix + "event-hub", () -> hub);
    properties.add(prefix + "key-name", () -> HubHttpStandIn.DEVICE_SEND);
  }
}
