package dev.muster.credential.sas;

import dev.muster.credential.sas.HubProperties.HubProperty;
import dev.muster.home.MusterHome;
import dev.muster.home.SecretFile;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Lazy;
import org.springframework.core.env.Environment;
import org.springframework.core.env.Profiles;

/** Makes the hubs of what is configured; with nothing configured, one for development. */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties({HubProperties.class, PlacementProperties.class})
class HubConfiguration {

  private static final int KEY_BYTES = 32;

  @Bean
  @Lazy(false) // whatever is asked for: what is wrong with them must be said
  Hubs hubs(
      HubProperties properties,
      PlacementProperties placement,
      Environment environment,
      MusterHome home)
      throws IOException {
    Hubs hubs = hubs(properties, environment, home);
    placement.check(hubs);
    return hubs;
  }

  private static Hubs hubs(HubProperties properties, Environment environment, MusterHome home)
      throws IOException {
    if (properties.hubs().isEmpty()) {
      if (environment.acceptsProfiles(Profiles.of("production"))) {
        throw new IllegalStateException(
            "No hub is configured. Set muster.hubs[0].name, .namespace, .event-hub, .key-name and"
                + " .primary-key; in production there is no development hub.");
      }
      return new Hubs(List.of(developmentHub(home)), true, Set.of());
    }
    List<Hub> hubs = new ArrayList<>();
    Set<String> draining = new HashSet<>();
    for (HubProperty property : properties.hubs()) {
      Hub hub = property.toHub(hubs.size());
      hubs.add(hub);
      if (property.draining()) {
        draining.add(hub.name());
      }
    }
    return new Hubs(hubs, false, draining);
  }

  private static Hub developmentHub(MusterHome home) throws IOException {
    Path file = home.keys().resolve("development-hub.key");
    String key =
        SecretFile.readOrCreate(
            file,
            () -> {
              byte[] random = new byte[KEY_BYTES];
              new SecureRandom().nextBytes(random);
              return Base64.getEncoder().encodeToString(random);
            });
    return new Hub(
        "development",
        "muster-development.servicebus.windows.net",
        "devices",
        "device-send",
        new SharedAccessKey(key.strip()),
        null,
        1,
        null);
  }
}
