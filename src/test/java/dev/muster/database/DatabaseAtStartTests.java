package dev.muster.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.muster.MusterProcess;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.jdbc.datasource.DriverManagerDataSource;
import org.springframework.mock.env.MockEnvironment;

/** Databases that can't be Muster's, on a real server; none of them may be changed. */
@Tag("slow")
class DatabaseAtStartTests {

  @TempDir private static Path folder;
  private static EmbeddedPostgres server;

  @BeforeAll
  static void start() throws IOException {
    server = EmbeddedPostgres.startOrAttach(folder.resolve("server"));
  }

  @AfterAll
  static void stop() throws IOException {
    server.close();
  }

  @Test
  void nobodyAtTheAddressIsSaidByTheCommandWithAddressAndProperty() throws Exception {
    MusterProcess muster =
        MusterProcess.untouched(
            folder.resolve("home"),
            "-Dspring.datasource.url=jdbc:postgresql://127.0.0.1:9/muster?password=hidden",
            "-Dspring.datasource.username=app");
    MusterProcess.Result said = muster.run("status");
    assertThat(said.exitCode()).isEqualTo(1);
    assertThat(said.err())
        .contains("No PostgreSQL can be reached at jdbc:postgresql://127.0.0.1:9/muster")
        .contains("spring.datasource.url")
        .doesNotContain("hidden")
        .doesNotContain("\tat ");
    assertThat(said.err().lines()).hasSize(1);
  }

  @Test
  void aWrongPasswordNamesUserAndProperty() {
    refused(database("postgres"), "muster", "wrong")
        .hasMessageContaining("does not let 'muster' in")
        .hasMessageContaining("spring.datasource.password");
  }

  @Test
  void aDatabaseThatIsNotThereIsNamed() {
    refused(database("nowhere"), "muster", server.password())
        .hasMessageContaining("/nowhere")
        .hasMessageContaining("CREATE DATABASE");
  }

  @Test
  void anotherProgramsTablesAreLeftAlone() throws SQLException {
    execute("postgres", "CREATE DATABASE other");
    execute("other", "CREATE TABLE invoices (id int)");
    refused(database("other"), "muster", server.password())
        .hasMessageContaining("not Muster's: invoices")
        .hasMessageContaining("CREATE SCHEMA muster")
        .hasMessageNotContaining("baseline");
  }

  @Test
  void aRoleWithoutRightsIsToldTheGrant() throws SQLException {
    execute("postgres", "CREATE DATABASE app");
    execute("postgres", "CREATE ROLE app LOGIN PASSWORD 'secret'");
    refused(database("app"), "app", "secret")
        .hasMessageContaining("GRANT CREATE, USAGE ON SCHEMA public TO app")
        .hasMessageContaining("currentSchema=muster");

    execute("app", "GRANT CREATE, USAGE ON SCHEMA public TO app");
    migrate(database("app"), "app", "secret");
  }

  @Test
  void aSchemaThatIsNotThereIsToldHowToMakeIt() throws SQLException {
    execute("postgres", "CREATE DATABASE own");
    refused(database("own") + "?currentSchema=muster", "muster", server.password())
        .hasMessageContaining("CREATE SCHEMA muster AUTHORIZATION muster");

    execute("own", "CREATE SCHEMA muster");
    migrate(database("own") + "?currentSchema=muster", "muster", server.password());
  }

  @Test
  void aSchemaOfANewerMusterIsNotWorkedOn() throws SQLException {
    execute("postgres", "CREATE DATABASE newer");
    migrate(database("newer"), "muster", server.password());
    execute(
        "newer",
        """
        INSERT INTO flyway_schema_history
               (installed_rank, version, description, type, script, checksum, installed_by, execution_time, success)
        VALUES (900, '999', 'of tomorrow', 'SQL', 'V999__of_tomorrow.sql', 1, 'muster', 1, true)\
        """);
    refused(database("newer"), "muster", server.password())
        .hasMessageContaining("newer Muster (999, of tomorrow)");
  }

  @Test
  void aHistoryOfAnotherProgramIsNotWorkedOn() throws SQLException {
    execute("postgres", "CREATE DATABASE history");
    migrate(database("history"), "muster", server.password());
    execute(
        "history",
        "UPDATE flyway_schema_history SET checksum = 1, description = 'invoices' WHERE version ="
            + " '001'");
    refused(database("history"), "muster", server.password())
        .hasMessageContaining("made by another program")
        .hasMessageNotContaining("red-gate");
  }

  private static org.assertj.core.api.AbstractThrowableAssert<?, ? extends Throwable> refused(
      String url, String user, String password) {
    return assertThatThrownBy(() -> migrate(url, user, password))
        .isInstanceOf(DatabaseUnusableException.class)
        .hasNoCause();
  }

  private static void migrate(String url, String user, String password) {
    DataSource dataSource = new DriverManagerDataSource(url, user, password);
    MockEnvironment environment =
        new MockEnvironment()
            .withProperty("spring.datasource.url", url)
            .withProperty("spring.datasource.username", user);
    new DatabaseAtStart(dataSource, environment)
        .migrate(Flyway.configure().dataSource(dataSource).load());
  }

  private static String database(String name) {
    return server.jdbcUrl().replaceFirst("/muster$", "/" + name);
  }

  private static void execute(String database, String sql) throws SQLException {
    try (Connection connection =
            DriverManager.getConnection(database(database), "muster", server.password());
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }
}
