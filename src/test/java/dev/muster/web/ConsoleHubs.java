package dev.muster.web;

import dev.muster.publisher.HubHttpStandIn;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.springframework.context.ApplicationContextInitializer;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.core.env.MapPropertySource;

/**
 * The hubs of the console's tests: {@code west} and {@code east}, which nobody may manage, and
 * {@code north}, which is there and confirms what it is told. Only factories that are bound to
 * {@code north} have devices there.
 */
final class ConsoleHubs implements ApplicationContextInitializer<ConfigurableApplicationContext> {

  static final String NORTH = "north";

  static final HubHttpStandIn STAND_IN = HubHttpStandIn.start(NORTH);

  @Override
  public void initialize(ConfigurableApplicationContext context) {
    Map<String, Object> properties = new HashMap<>();
    List<String> names = List.of("west", "east", NORTH);
    for (int i = 0; i < names.size(); i++) {
      String name = names.get(i);
      boolean there = name.equals(NORTH);
      String prefix = "muster.hubs[%d].".formatted(i);
      properties.put(prefix + "name", name);
      properties.put(
          prefix + "namespace",
          there ? STAND_IN.namespace() : "contoso-%s.servicebus.windows.net".formatted(name));
      properties.put(prefix + "event-hub", there ? NORTH : "telemetry");
      properties.put(prefix + "key-name", HubHttpStandIn.DEVICE_SEND);
      properties.put(
          prefix + "primary-key",
          there
              ? STAND_IN.primaryKey(NORTH, HubHttpStandIn.DEVICE_SEND)
              : "primary-key-of-%s-for-tests-only".formatted(name));
      properties.put(
          prefix + "secondary-key",
          there
              ? STAND_IN.secondaryKey(NORTH, HubHttpStandIn.DEVICE_SEND)
              : "secondary-key-of-%s-for-tests-only".formatted(name));
      if (there) {
        properties.put(prefix + "manage-key-name", HubHttpStandIn.MANAGE);
        properties.put(prefix + "manage-key", STAND_IN.primaryKey(NORTH, HubHttpStandIn.MANAGE));
        properties.put(prefix + "draining", "true");
      }
    }
    properties.put(
        "spring.ssl.bundle.pem.stand-in.truststore.certificate", "file:" + STAND_IN.certificate());
    properties.put("muster.publishers.ssl-bundle", "stand-in");
    properties.put("muster.publishers.first-delay", "20ms");
    context
        .getEnvironment()
        .getPropertySources()
        .addFirst(new MapPropertySource("hubs of the console's tests", properties));
  }
}
