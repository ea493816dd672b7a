package dev.muster.web;

import dev.muster.outcome.MailServer;
import dev.muster.outcome.WebhookReceiver;
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
 * {@code north} have devices there. Besides, webhooks: {@code all}; {@code ended}, which is told
 * how manifests end; and {@code sender}, which is a factory's own; and mail.
 */
final class ConsoleHubs implements ApplicationContextInitializer<ConfigurableApplicationContext> {

  static final String NORTH = "north";

  /** Has no secondary key. */
  static final String EAST = "east";

  static final HubHttpStandIn STAND_IN = HubHttpStandIn.start(NORTH);

  static final WebhookReceiver WEBHOOKS = WebhookReceiver.start();

  static final MailServer MAIL = MailServer.start();

  /** Whose own webhook {@code sender} is. */
  static final String HOOKED = "hooked-sender";

  /** Told of what failed. */
  static final String ON_CALL = "on-call@contoso.example";

  /** Told of what was refused, in French. */
  static final String PARIS = "paris@contoso.example";

  @Override
  public void initialize(ConfigurableApplicationContext context) {
    Map<String, Object> properties = new HashMap<>();
    List<String> names = List.of("west", EAST, NORTH);
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
      if (!name.equals(EAST)) {
        properties.put(
            prefix + "secondary-key",
            there
                ? STAND_IN.secondaryKey(NORTH, HubHttpStandIn.DEVICE_SEND)
                : "secondary-key-of-%s-for-tests-only".formatted(name));
      }
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
    webhook(properties, 0, "all", "/all");
    webhook(properties, 1, "ended", "/ended");
    properties.put("muster.webhooks.hooks[1].types", "dev.muster.manifest.*");
    webhook(properties, 2, "sender", "/sender");
    properties.put("muster.webhooks.hooks[2].factory", HOOKED);
    properties.put("muster.notifications.first-pause", "100ms");
    properties.put("muster.notifications.poll", "100ms");
    properties.put("spring.mail.host", "127.0.0.1");
    properties.put("spring.mail.port", MAIL.port());
    properties.put("spring.mail.properties.mail.smtp.starttls.required", "false");
    properties.put("muster.mail.from", "muster@contoso.example");
    properties.put("muster.mail.console", "https://muster.contoso.example/");
    properties.put("muster.mail.mailboxes[0].name", "on-call");
    properties.put("muster.mail.mailboxes[0].address", ON_CALL);
    properties.put("muster.mail.mailboxes[0].kinds", "failed, too-many-rejects");
    properties.put("muster.mail.mailboxes[1].name", "paris");
    properties.put("muster.mail.mailboxes[1].address", PARIS);
    properties.put("muster.mail.mailboxes[1].kinds", "refused, too-many-rejects");
    properties.put("muster.mail.mailboxes[1].language", "fr");
    properties.put("muster.mail.domains", "contoso.example");
    properties.put("muster.schedule.token-ends", "*/5 * * * * *");
    properties.put("muster.schedule.patience", "10s"); // other tests leave hubs much to be told
    context
        .getEnvironment()
        .getPropertySources()
        .addFirst(new MapPropertySource("hubs of the console's tests", properties));
  }

  private static void webhook(Map<String, Object> properties, int at, String name, String path) {
    String prefix = "muster.webhooks.hooks[%d].".formatted(at);
    properties.put(prefix + "name", name);
    properties.put(prefix + "url", WEBHOOKS.address(path));
    properties.put(prefix + "secrets", String.join(",", WEBHOOKS.secrets()));
  }
}
