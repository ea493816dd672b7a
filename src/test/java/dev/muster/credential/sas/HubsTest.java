package dev.muster.credential.sas;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.muster.home.MusterHome;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

class HubsTest {

  private static final String[] ONE_HUB = {
    "muster.hubs[0].name=north",
    "muster.hubs[0].namespace=contoso.servicebus.windows.net",
    "muster.hubs[0].event-hub=devices",
    "muster.hubs[0].key-name=device-send",
    "muster.hubs[0].primary-key=first-secret",
    "muster.hubs[0].secondary-key=second-secret",
    "muster.hubs[0].weight=7"
  };

  private final Path root;

  HubsTest(@TempDir Path root) {
    this.root = root;
  }

  @Test
  void aConfiguredHubIsBoundFromItsProperties() {
    application()
        .withPropertyValues(ONE_HUB)
        .run(
            context -> {
              Hubs hubs = context.getBean(Hubs.class);
              assertThat(hubs.development()).isFalse();
              assertThat(hubs.all()).hasSize(1);
              Hub hub = hubs.byName("north");
              assertThat(hub.namespace()).isEqualTo("contoso.servicebus.windows.net");
              assertThat(hub.eventHub()).isEqualTo("devices");
              assertThat(hub.keyName()).isEqualTo("device-send");
              assertThat(hub.secondaryKey()).isNotNull();
              assertThat(hub.weight()).isEqualTo(7);
              assertThat(root.resolve("keys")).doesNotExist();
            });
  }

  @Test
  void twoHubsOfOneNameAreRefused() {
    application()
        .withPropertyValues(ONE_HUB)
        .withPropertyValues(
            IntStream.range(0, ONE_HUB.length)
                .mapToObj(i -> ONE_HUB[i].replace("[0]", "[1]"))
                .toArray(String[]::new))
        .run(
            context ->
                assertThat(context)
                    .getFailure()
                    .rootCause()
                    .hasMessageContaining("two hubs have the same name"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"name", "namespace", "event-hub", "key-name", "primary-key"})
  void aMissingPropertyIsNamed(String property) {
    application()
        .withPropertyValues(ONE_HUB)
        .withPropertyValues("muster.hubs[0]." + property + "=")
        .run(
            context ->
                assertThat(context)
                    .getFailure()
                    .rootCause()
                    .hasMessage("muster.hubs[0]." + property + " is not set."));
  }

  @ParameterizedTest
  @CsvSource({
    "name, North West",
    "namespace, https://contoso.servicebus.windows.net",
    "namespace, contoso.servicebus.windows.net/devices",
    "namespace, -contoso.net",
    "event-hub, my/devices",
    "event-hub, -devices",
    "event-hub, dev&ices",
    "key-name, device send",
    "weight, 0",
    "weight, 1001",
  })
  void aPropertyThatCannotBeUsedIsNamed(String property, String value) {
    application()
        .withPropertyValues(ONE_HUB)
        .withPropertyValues("muster.hubs[0]." + property + "=" + value)
        .run(
            context ->
                assertThat(context)
                    .getFailure()
                    .rootCause()
                    .hasMessageContaining(property)
                    .hasMessageContaining(value));
  }

  @Test
  void withNothingConfiguredThereIsADevelopmentHubWhoseKeyIsKept() {
    application()
        .run(
            context -> {
              Hubs hubs = context.getBean(Hubs.class);
              assertThat(hubs.development()).isTrue();
              Hub hub = hubs.byName("development");
              assertThat(hub.namespace()).isEqualTo("muster-development.servicebus.windows.net");
              assertThat(hub.eventHub()).isEqualTo("devices");
              assertThat(hub.keyName()).isEqualTo("device-send");
            });
    Path key = root.resolve("keys/development-hub.key");
    String first = read(key);
    assertThat(Base64.getDecoder().decode(first.strip())).hasSize(32);
    assertThat(permissions(key)).isEqualTo("rw-------");

    application().run(context -> assertThat(context).hasNotFailed());

    assertThat(read(key)).isEqualTo(first);
  }

  @Test
  void developmentHubsMadeAtTheSameMomentShareOneKey() throws IOException {
    Set<String> tokens = ConcurrentHashMap.newKeySet();
    IntStream.range(0, 8)
        .parallel()
        .forEach(
            i ->
                application()
                    .run(
                        context -> {
                          Hub hub = context.getBean(Hubs.class).byName("development");
                          tokens.add(
                              new DeviceTokens(hub, hub.primaryKey(), Instant.ofEpochSecond(1))
                                  .token(new UUID(1, 2)));
                        }));

    assertThat(tokens).hasSize(1);
    try (var files = Files.list(root.resolve("keys"))) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .containsExactly("development-hub.key");
    }
  }

  @Test
  void productionRefusesTheDevelopmentHub() {
    application()
        .withPropertyValues("spring.profiles.active=production")
        .run(
            context ->
                assertThat(context)
                    .getFailure()
                    .rootCause()
                    .hasMessageContaining("No hub is configured")
                    .hasMessageContaining("muster.hubs[0].name"));
    assertThat(root.resolve("keys")).doesNotExist();
  }

  @Test
  void aHubThatIsNotConfiguredAnyMoreIsNamed() {
    assertThatThrownBy(
            () -> new Hubs(List.of(TestHubs.hub("north")), false, Set.of()).byName("south"))
        .hasMessageContaining("'south'")
        .hasMessageContaining("muster.hubs");
  }

  @Test
  void noKeyIsShown() {
    application()
        .withPropertyValues(ONE_HUB)
        .run(
            context ->
                assertThat(
                        context.getBean(Hubs.class).all()
                            + context.getBean(HubProperties.class).toString())
                    .contains("north")
                    .doesNotContain("first-secret", "second-secret"));
  }

  private ApplicationContextRunner application() {
    return new ApplicationContextRunner()
        .withBean(MusterHome.class, () -> new MusterHome(root))
        .withUserConfiguration(HubConfiguration.class);
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String permissions(Path file) {
    try {
      return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
