package dev.muster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.bundle.AgeIdentity;
import dev.muster.factory.Factories;
import dev.muster.factory.Factory;
import dev.muster.factory.FactoryAdministration;
import dev.muster.manifest.ManifestFormat;
import dev.muster.provisioning.ManifestRuns;
import dev.muster.revocation.RevocationRuns;
import dev.muster.run.RunOutcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.JdbcTemplate;

/**
 * In whichever dialect devices are sent, the registry holds the same of them. A few dialects, other
 * ones each time; the seed that a failure names gives the same again.
 */
@MusterTest
@Tag("slow")
class DialectRegistryTests {

  private static final int DIALECTS = 12;

  @Autowired private ManifestRuns manifests;
  @Autowired private RevocationRuns revocations;
  @Autowired private Factories factories;
  @Autowired private FactoryAdministration administration;
  @Autowired private JdbcTemplate jdbc;

  @TempDir private Path folder;

  private final long seed = ThreadLocalRandom.current().nextLong();
  private final Random random = new Random(seed);
  private final String factory = "dialect-" + UUID.randomUUID();

  @BeforeEach
  void addFactory() {
    factories.add(new Factory(factory, List.of(AgeIdentity.generate().recipient()), null));
  }

  @Test
  void theRegistryHoldsTheSameInWhicheverDialectItWasSent() throws IOException {
    List<String> header = List.of("Device-ID", "serialNumber", "model", "note");
    List<String> texts =
        Dialect.TEXTS.stream().filter(Dialect.Encoding.WINDOWS_1252::canWrite).toList();
    List<List<String>> all = new ArrayList<>();
    for (Dialect dialect : Dialect.some(DIALECTS, random)) {
      List<List<String>> rows = new ArrayList<>();
      for (String text : texts) {
        rows.add(List.of(UUID.randomUUID().toString(), "SN-" + rows.size(), text, "n" + text));
      }
      all.addAll(rows);

      RunOutcome outcome = manifests.provision(written(dialect, header, rows), factory, null, null);

      assertThat(outcome.accepted()).as("seed %d, %s", seed, dialect).isEqualTo(rows.size());
      assertThat(outcome.rejected()).as("seed %d, %s", seed, dialect).isZero();
    }

    for (List<String> row : all) {
      assertThat(
              jdbc.queryForMap(
                      "SELECT serial_number, coalesce(model, ''), attributes->>'note' FROM registry"
                          + " WHERE device_id = ?::uuid AND factory = ?",
                      row.get(0),
                      factory)
                  .values())
          .as("seed %d", seed)
          .containsExactlyElementsOf(row.subList(1, 4));
    }
    RunOutcome again =
        manifests.provision(written(Dialect.PLAIN, header, all), factory, null, null);
    assertThat(again.unchanged()).as("seed %d", seed).isEqualTo(all.size());
    assertThat(again.accepted()).as("seed %d", seed).isZero();
    assertThat(again.rejected()).as("seed %d", seed).isZero();
  }

  @Test
  void aListTakesOutOfServiceWhatItNamesInWhicheverDialect() throws IOException {
    List<List<String>> devices = new ArrayList<>();
    for (int i = 0; i < 4 * DIALECTS; i++) {
      devices.add(List.of(UUID.randomUUID().toString(), "SN-" + i));
    }
    manifests.provision(
        written(Dialect.PLAIN, List.of("device_id", "serial_number"), devices),
        factory,
        null,
        null);
    int first = 0;
    for (Dialect dialect : Dialect.some(DIALECTS, random)) {
      List<List<String>> rows = new ArrayList<>();
      for (List<String> device : devices.subList(first, first + 3)) {
        rows.add(List.of(device.get(0), "Disable", "groß; \"alt\", " + rows.size()));
      }
      first += 4;

      RunOutcome outcome =
          revocations.apply(
              written(dialect, List.of("Device-ID", "ACTION", "reason"), rows),
              factory,
              "factory " + factory,
              null);

      assertThat(outcome.rejected()).as("seed %d, %s", seed, dialect).isZero();
    }

    for (int i = 0; i < devices.size(); i++) {
      assertThat(
              jdbc.queryForList(
                  "SELECT state::text || coalesce(' ' || (SELECT reason FROM device_change c"
                      + " WHERE c.device_id = r.device_id), '') FROM registry r"
                      + " WHERE device_id = ?::uuid",
                  String.class,
                  devices.get(i).get(0)))
          .as("seed %d", seed)
          .containsExactly(i % 4 == 3 ? "PROVISIONED" : "DISABLED groß; \"alt\", " + i % 4);
    }
  }

  private Path written(Dialect dialect, List<String> header, List<List<String>> rows)
      throws IOException {
    administration.changeFormat(
        factory,
        new ManifestFormat(
            null,
            dialect.encoding() == Dialect.Encoding.WINDOWS_1252
                ? ManifestFormat.Encoding.WINDOWS_1252
                : null,
            Map.of(),
            Map.of(),
            List.of(),
            Map.of(),
            Map.of(),
            false));
    return Files.write(
        folder.resolve(UUID.randomUUID() + ".csv"), dialect.write(header, rows, random));
  }
}
