package dev.muster.renewal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.TemporaryFolderInTarget;
import dev.muster.TestManifest;
import dev.muster.bundle.AgeIdentity;
import dev.muster.factory.Factories;
import dev.muster.factory.Factory;
import dev.muster.home.MusterHome;
import dev.muster.provisioning.ManifestRuns;
import dev.muster.renewal.OpenedBundle.Line;
import dev.muster.run.RunOutcome;
import dev.muster.status.StatusAction;
import dev.muster.status.StatusChanges;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.test.context.TestComponent;
import org.springframework.jdbc.core.JdbcTemplate;

/** Factories, their devices, and what they are given; all of them have one identity. */
@TestComponent
final class DevicesOfFactories {

  private final Factories factories;
  private final ManifestRuns manifests;
  private final StatusChanges changes;
  private final MusterHome home;
  private final JdbcTemplate jdbc;
  private final AgeIdentity identity = AgeIdentity.generate();
  private final Path folder;
  private final Path identityFile;

  DevicesOfFactories(
      Factories factories,
      ManifestRuns manifests,
      StatusChanges changes,
      MusterHome home,
      JdbcTemplate jdbc)
      throws IOException {
    this.factories = factories;
    this.manifests = manifests;
    this.changes = changes;
    this.home = home;
    this.jdbc = jdbc;
    this.folder = TemporaryFolderInTarget.create("devices");
    this.identityFile = folder.resolve("identity");
    identity.writeNew(identityFile);
  }

  /**
   * Another factory.
   *
   * @param hub where its devices go; null: to any
   * @return its name
   */
  String add(@Nullable String hub) {
    String factory = "factory-" + System.nanoTime();
    put(factory, hub);
    return factory;
  }

  /** The factory is at this hub from now on. */
  void put(String factory, @Nullable String hub) {
    factories.remove(factory);
    factories.add(new Factory(factory, List.of(identity.recipient()), hub));
  }

  /** Somebody else may open its bundles from now on, too. */
  void addKey(String factory) {
    factories.remove(factory);
    factories.add(
        new Factory(
            factory, List.of(identity.recipient(), AgeIdentity.generate().recipient()), null));
  }

  /** The number that the next renewal has, whose ever it is. */
  int nextRenewal() {
    return Objects.requireNonNull(
        jdbc.queryForObject("SELECT coalesce(max(renewal_id), 0) + 1 FROM renewal", Integer.class));
  }

  /** So many devices more. */
  TestManifest provision(String factory, int rows, Duration lifetime) throws IOException {
    TestManifest manifest = TestManifest.seeded(System.nanoTime()).rows(rows);
    RunOutcome outcome = manifests.provision(file(manifest), factory, null, lifetime);
    assertThat(outcome.status()).as(outcome.cause()).isEqualTo("COMPLETED");
    return manifest;
  }

  /** The manifest as a file. */
  Path file(TestManifest manifest) throws IOException {
    return manifest.write(folder.resolve("m" + System.nanoTime() + ".csv"));
  }

  void change(TestManifest manifest, int line, StatusAction action) {
    assertThat(
            changes
                .change(UUID.fromString(manifest.deviceId(line)), action, "test", "test")
                .changed())
        .isTrue();
  }

  /** The lines of a bundle by device. */
  Map<String, Line> open(@Nullable String outbox) throws IOException {
    return OpenedBundle.open(home.root().resolve(Objects.requireNonNull(outbox)), identityFile);
  }
}
