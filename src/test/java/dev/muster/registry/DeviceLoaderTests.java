package dev.muster.registry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.MusterTest;
import dev.muster.TestManifest;
import dev.muster.manifest.Accepted;
import dev.muster.manifest.AsSent;
import dev.muster.manifest.ManifestFormat;
import dev.muster.manifest.ManifestReceiver;
import dev.muster.manifest.ManifestRowReader;
import dev.muster.manifest.ReceiveLimits;
import dev.muster.manifest.ReceivedManifest;
import dev.muster.manifest.Updates;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.transaction.support.TransactionOperations;

/** What is counted as loaded is what is there, whichever chunk comes first. */
@MusterTest
class DeviceLoaderTests {

  private static final short BEFORE = 101;
  private static final short ADDED_SINCE = 102;

  @TempDir private Path folder;

  @Autowired private DeviceLoader loader;
  @Autowired private TransactionOperations transaction;
  @Autowired private JdbcTemplate jdbc;

  @Test
  void aRowThatAnEarlierOneOfAnotherHubDisplacesIsCountedWhereItWas() throws Exception {
    List<Accepted> rows = rows(TestManifest.seeded(11).rows(3).repeat(2));

    transaction.executeWithoutResult(
        nothingStays -> {
          nothingStays.setRollbackOnly();
          int manifest = newManifest();
          load(manifest, BEFORE, rows.subList(2, 4));
          load(manifest, ADDED_SINCE, rows.subList(0, 2));

          assertThat(byHub("SELECT hub_id, sum(devices) AS n FROM loaded_lines", manifest))
              .isEqualTo(byHub("SELECT hub_id, count(*) AS n FROM device", manifest))
              .containsExactly("101: 1", "102: 2");
        });
  }

  private List<Accepted> rows(TestManifest manifest) throws Exception {
    Path content = folder.resolve("content");
    ReceivedManifest received;
    try (InputStream sent = Files.newInputStream(manifest.write(folder.resolve("m.csv")))) {
      received =
          ManifestReceiver.receive(
              new AsSent(sent, read -> {}),
              content,
              new ReceiveLimits(1 << 20),
              ManifestFormat.NONE);
    }
    List<Accepted> rows = new ArrayList<>();
    try (ManifestRowReader reader =
        new ManifestRowReader(content, received.format(), Updates.NONE, received.split(1).get(0))) {
      while (reader.next() instanceof Accepted row) {
        rows.add(row);
      }
    }
    return rows;
  }

  private void load(int manifest, short hub, List<Accepted> rows) {
    DeviceChunk chunk = new DeviceChunk(rows.size());
    chunk.begin(manifest);
    rows.forEach(row -> chunk.add(row, hub));
    int unused = loader.load(chunk, List.of());
  }

  private int newManifest() {
    return Objects.requireNonNull(
        jdbc.queryForObject(
            """
            INSERT INTO manifest (factory, sha256, name, columns, rows, received_at, tokens_expire_at)
            VALUES ('of-its-own', repeat('0', 64), 'm', '{device_id}', 4, now(), now()) RETURNING manifest_id\
            """,
            Integer.class));
  }

  private List<String> byHub(String query, int manifest) {
    return jdbc.queryForList(
        "SELECT hub_id || ': ' || n FROM (%s WHERE manifest_id = ? GROUP BY hub_id) AS counted ORDER BY hub_id"
            .formatted(query),
        String.class,
        manifest);
  }
}
