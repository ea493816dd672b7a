package dev.muster.database;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.MINUTES;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.muster.RunProgram;
import dev.muster.SmallDisk;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * On the real server, with real other processes. The tests share a folder, as runs of Muster do;
 * each begins and ends with its server stopped.
 */
@TestInstance(Lifecycle.PER_CLASS)
@Tag("slow")
class EmbeddedPostgresTests {

  private final Path temporary;
  private final Path directory;

  EmbeddedPostgresTests(@TempDir Path temporary) {
    this.temporary = temporary;
    this.directory = temporary.resolve("a folder with spaces");
  }

  @AfterEach
  void nothingIsLeftRunning() throws IOException {
    // Whatever a failed test left; the last one out stops it.
    EmbeddedPostgres.startOrAttach(directory).close();
    assertThat(postmaster()).isEmpty();
  }

  @Test
  void theFirstStartMakesADurableServerThatOnlyThePasswordOpens() throws Exception {
    try (EmbeddedPostgres postgres = EmbeddedPostgres.startOrAttach(directory)) {
      assertThat(ask(postgres, "SHOW server_version")).startsWith("18.");
      assertThat(ask(postgres, "SELECT current_database()")).isEqualTo("muster");
      for (String durable : List.of("fsync", "synchronous_commit", "full_page_writes")) {
        assertThat(ask(postgres, "SHOW " + durable)).as(durable).isEqualTo("on");
      }
      assertThat(ask(postgres, "SHOW shared_buffers")).isEqualTo("512MB");
      assertThat(ask(postgres, "SHOW max_wal_size")).isEqualTo("4GB");
      assertThat(ask(postgres, "SHOW listen_addresses")).isEqualTo("127.0.0.1");
      // A connection of a command would cost it thousands of rounds else, for a random password
      assertThat(ask(postgres, "SELECT rolpassword FROM pg_authid WHERE rolcanlogin"))
          .startsWith("SCRAM-SHA-256$1:");
      assertThat(ask(postgres, "SHOW unix_socket_directories")).isEmpty();
      assertThat(
              ask(
                  postgres,
                  "SELECT count(*) FROM pg_hba_file_rules WHERE auth_method <> 'scram-sha-256'"))
          .isEqualTo("0");
      assertThatThrownBy(
              () -> DriverManager.getConnection(postgres.jdbcUrl(), postgres.user(), "guess"))
          .hasMessageContaining("password authentication failed");
    }
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(directory)))
        .isEqualTo("rwx------");
    assertThat(
            PosixFilePermissions.toString(
                Files.getPosixFilePermissions(directory.resolve("password"))))
        .isEqualTo("rw-------");
  }

  @Test
  void whatWasCommittedIsThereAfterAStopAndAStart() throws Exception {
    try (EmbeddedPostgres postgres = EmbeddedPostgres.startOrAttach(directory)) {
      remember(postgres);
    }
    assertThat(postmaster()).isEmpty();
    try (EmbeddedPostgres postgres = EmbeddedPostgres.startOrAttach(directory)) {
      assertThat(ask(postgres, "SELECT what FROM kept")).isEqualTo("this");
    }
  }

  @Test
  void aSecondProcessAttachesAndTheLastOneOutStopsTheServer() throws Exception {
    EmbeddedPostgres postgres = EmbeddedPostgres.startOrAttach(directory);
    try (AnotherProcess other = AnotherProcess.begin(directory)) {
      assertThat(other.jdbcUrl()).isEqualTo(postgres.jdbcUrl());

      postgres.close();

      assertThat(ask(postgres, "SELECT 1")).isEqualTo("1");
    }
    assertThat(postmaster()).isEmpty();
  }

  @Test
  void theSecondProcessLeavesTheFirstItsServer() throws Exception {
    try (EmbeddedPostgres postgres = EmbeddedPostgres.startOrAttach(directory)) {
      AnotherProcess other = AnotherProcess.begin(directory);
      other.jdbcUrl();
      other.close();

      assertThat(ask(postgres, "SELECT 1")).isEqualTo("1");
    }
  }

  @Test
  void processesThatMakeTheServerAtTheSameInstantShareIt(@TempDir Path empty) throws Exception {
    try (AnotherProcess one = AnotherProcess.begin(empty);
        AnotherProcess two = AnotherProcess.begin(empty)) {
      String first = one.jdbcUrl();
      assertThat(two.jdbcUrl()).isEqualTo(first);
    }
  }

  @Test
  void oneProcessMayAttachTwiceAndByTwoNamesOfTheFolder() throws Exception {
    Path alias = temporary.resolve("alias");
    try (EmbeddedPostgres first = EmbeddedPostgres.startOrAttach(directory)) {
      Files.createSymbolicLink(alias, directory);
      EmbeddedPostgres second = EmbeddedPostgres.startOrAttach(alias);
      assertThat(second.jdbcUrl()).isEqualTo(first.jdbcUrl());

      second.close();
      second.close();

      assertThat(ask(first, "SELECT 1")).isEqualTo("1");
    }
    assertThat(postmaster()).isEmpty();
  }

  @Test
  void theServerOfAKilledProcessIsAttachedToAndStoppedByTheNext() throws Exception {
    AnotherProcess owner = AnotherProcess.begin(directory);
    String url = owner.jdbcUrl();
    owner.kill();
    try (EmbeddedPostgres postgres = EmbeddedPostgres.startOrAttach(directory)) {
      assertThat(postgres.jdbcUrl()).isEqualTo(url);
      assertThat(ask(postgres, "SELECT 1")).isEqualTo("1");
    }
    assertThat(postmaster()).isEmpty();
  }

  @Test
  void aProcessKilledWhileItMakesTheServerHindersNobody(@TempDir Path empty) throws Exception {
    AnotherProcess owner = AnotherProcess.begin(empty);
    await()
        .pollInterval(5, MILLISECONDS)
        .atMost(1, MINUTES)
        .until(() -> Files.exists(empty.resolve("data.partial").resolve("base")));
    owner.kill();
    try (EmbeddedPostgres postgres = EmbeddedPostgres.startOrAttach(empty)) {
      remember(postgres);
      assertThat(ask(postgres, "SELECT what FROM kept")).isEqualTo("this");
    }
  }

  @Test
  void aProcessKilledWhileItStartsTheServerHindersNobody() throws Exception {
    EmbeddedPostgres.startOrAttach(directory).close();
    AnotherProcess owner = AnotherProcess.begin(directory);
    await()
        .pollInterval(5, MILLISECONDS)
        .atMost(1, MINUTES)
        .until(() -> Files.exists(directory.resolve("data").resolve("postmaster.pid")));
    owner.kill();
    try (EmbeddedPostgres postgres = EmbeddedPostgres.startOrAttach(directory)) {
      assertThat(ask(postgres, "SELECT 1")).isEqualTo("1");
    }
  }

  @Test
  void aKilledServerStartsAgainOnItsPortWithWhatWasCommitted() throws Exception {
    try (EmbeddedPostgres postgres = EmbeddedPostgres.startOrAttach(directory);
        // A session in the middle of work is a child that outlives the server for a moment.
        Connection busy = connect(postgres)) {
      remember(postgres);
      kill(postmaster().get(0));

      try (EmbeddedPostgres again = EmbeddedPostgres.startOrAttach(directory)) {
        assertThat(again.jdbcUrl()).isEqualTo(postgres.jdbcUrl());
        assertThat(ask(again, "SELECT what FROM kept")).isEqualTo("this");
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"KILL", "TERM", "INT", "QUIT"})
  void aServerThatEndsIsStartedAgainWhereItWas(String signal) throws Exception {
    try (EmbeddedPostgres postgres = EmbeddedPostgres.startOrAttach(directory);
        // A smart shutdown (TERM) would wait for this one for ever.
        Connection pooled = connect(postgres)) {
      remember(postgres);
      postgres.keepRunning();
      ProcessHandle first = postmaster().get(0);

      RunProgram.signal(signal, first);

      await().atMost(1, MINUTES).until(() -> !first.isAlive());
      await()
          .atMost(1, MINUTES)
          .ignoreExceptions()
          .until(() -> ask(postgres, "SELECT what FROM kept").equals("this"));
      assertThat(pooled.isValid(1)).isFalse();
    }
    assertThat(postmaster()).isEmpty();
  }

  @Test
  void aServerThatWasToldToEndIsFoundOnItsPortByTheNextProcessAsWell() throws Exception {
    try (EmbeddedPostgres postgres = EmbeddedPostgres.startOrAttach(directory);
        Connection pooled = connect(postgres)) {
      RunProgram.signal("TERM", postmaster().get(0));
      try (AnotherProcess other = AnotherProcess.begin(directory)) {
        assertThat(other.jdbcUrl()).isEqualTo(postgres.jdbcUrl());
      }
      assertThat(pooled.isValid(1)).isFalse();
      assertThat(ask(postgres, "SELECT 1")).isEqualTo("1");
    }
  }

  @Test
  void aPortThatSomebodyElseTookMeanwhileIsNamedWhileProcessesExpectTheServerThere()
      throws Exception {
    try (EmbeddedPostgres postgres = EmbeddedPostgres.startOrAttach(directory)) {
      int port = Integer.parseInt(postgres.jdbcUrl().replaceAll(".*:(\\d+)/.*", "$1"));
      kill(postmaster().get(0));
      await().until(() -> !answers(port));
      try (ServerSocket taken = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
        assertThatThrownBy(() -> EmbeddedPostgres.startOrAttach(directory))
            .isInstanceOf(IOException.class)
            .hasMessageContaining("Port " + port)
            .hasMessageContaining("taken by another program");
        assertThat(taken.isBound()).isTrue();
      }
    }
    try (EmbeddedPostgres elsewhere = EmbeddedPostgres.startOrAttach(directory)) {
      assertThat(ask(elsewhere, "SELECT 1")).isEqualTo("1");
    }
  }

  @Test
  void aServerThatRanOutOfDiskIsStartedAgainWhenThereIsRoom(@TempDir Path small) throws Exception {
    Path full = small.resolve("postgres");
    try (SmallDisk disk = SmallDisk.mount(full, 300);
        EmbeddedPostgres postgres = EmbeddedPostgres.startOrAttach(full)) {
      remember(postgres);
      postgres.keepRunning();
      disk.fill();
      assertThatThrownBy(
          () ->
              execute(
                  postgres,
                  "CREATE TABLE large AS SELECT repeat('x', 900) FROM generate_series(1, 50000)"));
      assertThatThrownBy(
          () -> execute(postgres, "SELECT pg_switch_wal(); CREATE TABLE more AS SELECT 1"));
      Path log = full.resolve("postgres.log");
      await().until(() -> Files.readString(log).contains("PANIC"));

      disk.free();

      await()
          .atMost(1, MINUTES)
          .ignoreExceptions()
          .until(() -> ask(postgres, "SELECT what FROM kept").equals("this"));
    }
  }

  @Test
  void aServerThatIsGoneNeedsNoStopping() throws Exception {
    EmbeddedPostgres postgres = EmbeddedPostgres.startOrAttach(directory);
    kill(postmaster().get(0));
    postgres.close();
    assertThat(postmaster()).isEmpty();
  }

  @Test
  void aPidThatIsSomebodyElsesAfterAPowerCutIsNotTakenForTheServer() throws Exception {
    Process innocent = new ProcessBuilder("sleep", "600").start();
    try {
      EmbeddedPostgres crashed = EmbeddedPostgres.startOrAttach(directory);
      remember(crashed);
      Path pidFile = directory.resolve("data").resolve("postmaster.pid");
      List<String> lines = Files.readAllLines(pidFile);
      kill(postmaster().get(0));
      crashed.close();
      lines.set(0, Long.toString(innocent.pid()));
      Files.write(pidFile, lines);

      try (EmbeddedPostgres postgres = EmbeddedPostgres.startOrAttach(directory)) {
        assertThat(ask(postgres, "SELECT what FROM kept")).isEqualTo("this");
      }
      assertThat(innocent.isAlive()).isTrue();
    } finally {
      innocent.destroyForcibly();
    }
  }

  @Test
  void aKilledServerThatNobodyHasWaitedForYetIsNotTakenForOneThatRuns() throws Exception {
    // The shell's child ends at once, and the program that takes the shell's place never waits.
    Process parent = new ProcessBuilder("sh", "-c", "true & echo $!; exec sleep 600").start();
    try {
      String zombie =
          new BufferedReader(new InputStreamReader(parent.getInputStream(), UTF_8)).readLine();
      EmbeddedPostgres crashed = EmbeddedPostgres.startOrAttach(directory);
      Path pidFile = directory.resolve("data").resolve("postmaster.pid");
      List<String> lines = Files.readAllLines(pidFile);
      kill(postmaster().get(0));
      crashed.close();
      lines.set(0, zombie);
      Files.write(pidFile, lines);

      try (EmbeddedPostgres postgres = EmbeddedPostgres.startOrAttach(directory)) {
        assertThat(ask(postgres, "SELECT 1")).isEqualTo("1");
      }
    } finally {
      parent.destroyForcibly();
    }
  }

  @Test
  void aPidFileThatAPowerCutEmptiedIsNoHindrance() throws Exception {
    EmbeddedPostgres.startOrAttach(directory).close();
    Files.writeString(directory.resolve("data").resolve("postmaster.pid"), "\n\n\n\n");
    try (EmbeddedPostgres postgres = EmbeddedPostgres.startOrAttach(directory)) {
      assertThat(ask(postgres, "SELECT 1")).isEqualTo("1");
    }
  }

  @Test
  void aLostPasswordIsExplained() throws Exception {
    EmbeddedPostgres.startOrAttach(directory).close();
    Path password = directory.resolve("password");
    String lost = Files.readString(password);
    Files.writeString(password, "another");
    try {
      assertThatThrownBy(() -> EmbeddedPostgres.startOrAttach(directory))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("does not accept the password in " + password)
          .hasMessageNotContaining("another ");
    } finally {
      Files.writeString(password, lost);
    }
  }

  @Test
  void aServerThatCantStartShowsTheEndOfItsLog() throws Exception {
    EmbeddedPostgres.startOrAttach(directory).close();
    Path version = directory.resolve("data").resolve("PG_VERSION");
    Files.writeString(version, "9\n");
    try {
      assertThatThrownBy(() -> EmbeddedPostgres.startOrAttach(directory))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("database files are incompatible with server")
          .hasMessageContaining("spring.datasource.url");
    } finally {
      Files.writeString(version, "18\n");
    }
  }

  @Test
  void theLogOfTheServerHoldsNoRowsOfFailedStatements() throws Exception {
    try (EmbeddedPostgres postgres = EmbeddedPostgres.startOrAttach(directory)) {
      remember(postgres);
      assertThatThrownBy(() -> execute(postgres, "INSERT INTO kept VALUES ('this')"))
          .hasMessageContaining("duplicate key");
      String log = Files.readString(directory.resolve("postgres.log"));
      assertThat(log)
          .contains("duplicate key")
          .doesNotContain("(this)")
          .doesNotContain("'this'")
          .doesNotContain("INSERT");
    }
  }

  private static void remember(EmbeddedPostgres postgres) throws SQLException {
    execute(postgres, "DROP TABLE IF EXISTS kept");
    execute(postgres, "CREATE TABLE kept (what text PRIMARY KEY)");
    execute(postgres, "INSERT INTO kept VALUES ('this')");
  }

  private static void execute(EmbeddedPostgres postgres, String sql) throws SQLException {
    try (Connection connection = connect(postgres);
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private static String ask(EmbeddedPostgres postgres, String sql) throws SQLException {
    try (Connection connection = connect(postgres);
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      row.next();
      return row.getString(1);
    }
  }

  private static Connection connect(EmbeddedPostgres postgres) throws SQLException {
    return DriverManager.getConnection(postgres.jdbcUrl(), postgres.user(), postgres.password());
  }

  /** The running server of the test's folder, if any. */
  private List<ProcessHandle> postmaster() throws IOException {
    Path pidFile = directory.resolve("data").resolve("postmaster.pid");
    return Files.exists(pidFile)
        ? ProcessHandle.of(Long.parseLong(Files.readAllLines(pidFile).get(0))).stream().toList()
        : List.of();
  }

  private static boolean answers(int port) {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      return socket.isConnected();
    } catch (IOException e) {
      return false;
    }
  }

  private static void kill(ProcessHandle process) {
    process.destroyForcibly();
    process.onExit().join();
  }
}
