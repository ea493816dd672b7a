package dev.muster.watching;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.MusterTest;
import dev.muster.TestFactory;
import dev.muster.TestManifest;
import dev.muster.access.Caller;
import dev.muster.access.Callers;
import dev.muster.access.Role;
import dev.muster.factory.Factories;
import dev.muster.provisioning.ManifestRuns;
import dev.muster.renewal.RenewalRuns;
import dev.muster.run.RunHistory;
import dev.muster.run.RunProgress;
import dev.muster.status.StatusAction;
import dev.muster.status.StatusChanges;
import dev.muster.watching.Overview.TokensEnding;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;

/** How many tokens are said to end soon. */
@MusterTest
class TokenEndsTests {

  private static final int FEW = 1;
  private static final int MANY = 1_000_000;

  @Autowired private ManifestRuns manifests;
  @Autowired private RenewalRuns renewals;
  @Autowired private StatusChanges changes;
  @Autowired private Factories factories;
  @Autowired private JdbcClient client;
  @Autowired private RunHistory history;
  @Autowired private RunProgress progress;
  @Autowired private TransactionTemplate transaction;
  @Autowired private JdbcTemplate jdbc;

  @TempDir private Path folder;

  private String factory = "";
  private TestManifest manifest = TestManifest.seeded(0);

  /** Twenty devices, whose tokens end in twenty days. */
  @BeforeEach
  void provision() throws Exception {
    factory = "ending-" + System.nanoTime();
    factories.add(TestFactory.named(factory).factory());
    manifest = TestManifest.seeded(System.nanoTime()).rows(20);
    Path file = manifest.write(folder.resolve("m.csv"));
    assertThat(manifests.provision(file, factory, null, Duration.ofDays(20)).delivered()).isTrue();
  }

  @Test
  void whoIsOutOfServiceOrHasAnotherTokenDoesNotCount() throws Exception {
    assertThat(ending(FEW, FEW).total()).isEqualTo(20);

    for (int line = 2; line < 5; line++) {
      changes.change(
          UUID.fromString(manifest.deviceId(line)), StatusAction.REVOKE, "stolen", "operator test");
    }
    assertThat(ending(FEW, FEW).total()).isEqualTo(17);

    renewals.renew(factory, Duration.ofDays(30), null);
    assertThat(ending(FEW, FEW).total()).isZero();
  }

  /** Of a few blocks that are looked at as chance has it, nothing is taken off what was counted. */
  @Test
  void noneIsSaidToEndWhereAllWereRenewedHoweverManyDevicesHaveChanged() throws Exception {
    renewals.renew(factory, Duration.ofDays(30), null);

    assertThat(ending(MANY, FEW).total()).isZero();
  }

  @Test
  void whereTooManyDevicesAreThereToLookAtEachItIsSaidToBeAnEstimate() {
    assertThat(ending(MANY, MANY).estimated()).isTrue();
    assertThat(ending(MANY, FEW).estimated()).as("each is looked at").isFalse();
    assertThat(ending(FEW, MANY).estimated()).as("each that has changed is").isFalse();
  }

  /**
   * What its factory is told.
   *
   * @param changed how many devices the database thinks have a status of their own
   * @param devices how many it thinks there are
   */
  private TokensEnding ending(int changed, int devices) {
    Overview overview = new Overview(client, history, progress, Clock.systemUTC());
    return Objects.requireNonNull(
        transaction.execute(
            status -> {
              status.setRollbackOnly();
              think("device_status", changed);
              think("device", devices);
              return Callers.get(
                  Caller.account("line 7", "issuer line-7", "test", List.of(Role.FACTORY), factory),
                  overview::tokensEnding);
            }));
  }

  private void think(String table, int rows) {
    jdbc.update("UPDATE pg_class SET reltuples = ? WHERE oid = ?::regclass", rows, table);
  }
}
