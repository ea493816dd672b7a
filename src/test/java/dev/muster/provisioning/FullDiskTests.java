package dev.muster.provisioning;

import static dev.muster.TestFiles.files;
import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.MusterTest;
import dev.muster.SmallDisk;
import dev.muster.TestManifest;
import dev.muster.bundle.AgeIdentity;
import dev.muster.bundle.Receipt;
import dev.muster.factory.Factories;
import dev.muster.factory.Factory;
import dev.muster.home.MusterHome;
import dev.muster.manifest.RejectLimit;
import dev.muster.run.RunOutcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.JdbcTemplate;

/** A disk is full in the middle of a run: it says which, and goes on when there is room. */
@MusterTest
class FullDiskTests {

  private static final int DEVICES = 2000;
  private static final int REJECTS = 1500;
  private static final RejectLimit ALL = RejectLimit.valueOf("100%");

  @TempDir private Path folder;

  @Autowired private ManifestRuns runs;
  @Autowired private Factories factories;
  @Autowired private MusterHome home;
  @Autowired private JdbcTemplate jdbc;

  private final String factory = "full-" + UUID.randomUUID().toString().substring(0, 8);
  private Path manifest = Path.of("");

  @BeforeEach
  void send() throws IOException {
    factories.add(new Factory(factory, List.of(AgeIdentity.generate().recipient()), null));
    TestManifest rows = TestManifest.seeded(System.nanoTime()).rows(DEVICES);
    for (int i = 0; i < REJECTS; i++) {
      rows.row("no-guid-" + i);
    }
    manifest = rows.write(folder.resolve("m.csv"));
  }

  /** {@code left}: kilobytes that are left of that folder's disk when the run begins. */
  @ParameterizedTest
  @CsvSource({"spool, 168, load", "outbox, 0, issue", "outbox, 800, deliver"})
  void theRunNamesTheFolderAndGoesOnWhenThereIsRoom(String where, int left, String step)
      throws Exception {
    Path full = home.root().resolve(where);
    try (SmallDisk disk = SmallDisk.mount(full, 8)) {
      disk.leave(left * 1024L);

      RunOutcome failed = runs.provision(manifest, factory, ALL, null);

      assertThat(failed.cause())
          .containsPattern(
              "There is no room left on a disk[.] |PostgreSQL has no room left on its disk[.] ")
          .endsWith("Full: " + full + ". Make room there.");
      assertThat(failed.ending()).isEqualTo(RunOutcome.Ending.FAILED);
      assertThat(lastStep(failed.execution())).startsWith(step);

      disk.free();
      RunOutcome delivered = runs.provision(manifest, factory, ALL, null);

      assertThat(delivered.ending()).as(delivered.cause()).isEqualTo(RunOutcome.Ending.DELIVERED);
      Receipt receipt =
          Receipt.parse(
              Files.readString(home.root().resolve(delivered.outbox() + "/receipt.json")));
      assertThat(receipt.accepted()).isEqualTo(DEVICES);
      assertThat(receipt.rejected()).isEqualTo(REJECTS);
      assertThat(files(full.resolve(where.equals("spool") ? factory : ".staging"))).isEmpty();
    }
  }

  private String lastStep(long execution) {
    return String.valueOf(
        jdbc.queryForObject(
            "SELECT step_name FROM batch_step_execution WHERE job_execution_id = ? ORDER BY"
                + " step_execution_id DESC LIMIT 1",
            String.class,
            execution));
  }
}
