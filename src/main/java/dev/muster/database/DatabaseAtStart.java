package dev.muster.database;

import java.net.UnknownHostException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.flywaydb.core.api.MigrationInfo;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.flyway.autoconfigure.FlywayMigrationStrategy;
import org.springframework.core.env.Environment;
import org.springframework.stereotype.Component;

/**
 * Looks, before a table is made or changed, whether the database can be Muster's: it answers, it is
 * new enough, Muster's role has its rights there, and what lies in the schema is Muster's and not
 * newer than this program.
 */
@Component
class DatabaseAtStart implements FlywayMigrationStrategy {

  private static final Logger LOG = LoggerFactory.getLogger(DatabaseAtStart.class);

  private static final String EMBEDDED = "embedded";
  private static final int OLDEST = 180_000;
  private static final int TABLES_NAMED = 3;

  private final DataSource dataSource;
  private final String url;
  private final String user;

  DatabaseAtStart(DataSource dataSource, Environment environment) {
    this.dataSource = dataSource;
    // What stands behind a question mark may be a password.
    this.url = environment.getProperty("spring.datasource.url", EMBEDDED).replaceFirst("[?].*", "");
    this.user = environment.getProperty("spring.datasource.username", "");
  }

  @Override
  public void migrate(Flyway flyway) {
    try (Connection connection = connect()) {
      checkServer(connection);
      String schema = schema(connection);
      checkOwner(connection, schema, flyway);
      checkRights(connection, schema, flyway);
    } catch (SQLException e) {
      throw unusable(e, "PostgreSQL at %s answered: %s".formatted(url, said(e)));
    }
    try {
      flyway.migrate();
    } catch (FlywayException e) {
      throw unusable(
          e, "Muster's tables in %s can't be made or changed: %s".formatted(url, said(e)));
    }
  }

  private Connection connect() {
    try {
      return dataSource.getConnection();
    } catch (SQLException | RuntimeException e) {
      throw unusable(e, whyNoConnection(sqlException(e), e));
    }
  }

  private String whyNoConnection(@Nullable SQLException cause, Exception e) {
    String state = cause == null || cause.getSQLState() == null ? "" : cause.getSQLState();
    String said = said(cause == null ? e : cause);
    return switch (state.length() < 2 ? "" : state.substring(0, 2)) {
      case "08" ->
          "No PostgreSQL can be reached at %s (%s). Start it, or correct spring.datasource.url."
              .formatted(url, said);
      case "28" ->
          "PostgreSQL at %s does not let '%s' in (%s). Correct spring.datasource.username and spring.datasource.password."
              .formatted(url, user, said);
      case "3D" ->
          "The database of %s does not exist (%s). Create it with CREATE DATABASE, or correct spring.datasource.url."
              .formatted(url, said);
      default -> "PostgreSQL at %s gives no connection: %s".formatted(url, said);
    };
  }

  private void checkServer(Connection connection) throws SQLException {
    if (Integer.parseInt(text(connection, "SHOW server_version_num")) < OLDEST) {
      throw new DatabaseUnusableException(
          "PostgreSQL at %s is version %s. Muster needs 18 or newer."
              .formatted(url, text(connection, "SHOW server_version")));
    }
    if (Boolean.parseBoolean(text(connection, "SELECT pg_is_in_recovery()::text"))) {
      throw new DatabaseUnusableException(
          "PostgreSQL at %s is a standby, which can only be read. Name the primary in spring.datasource.url."
              .formatted(url));
    }
  }

  private String schema(Connection connection) throws SQLException {
    String schema = text(connection, "SELECT coalesce(current_schema(), '')");
    if (schema.isEmpty()) {
      throw new DatabaseUnusableException(
          "None of the schemas that '%s' looks for at %s (search_path: %s) is there. CREATE SCHEMA muster AUTHORIZATION %s, and add ?currentSchema=muster to spring.datasource.url."
              .formatted(
                  role(connection), url, text(connection, "SHOW search_path"), role(connection)));
    }
    return schema;
  }

  private void checkOwner(Connection connection, String schema, Flyway flyway) throws SQLException {
    List<String> tables = tables(connection, schema);
    String history = flyway.getConfiguration().getTable();
    if (!tables.isEmpty() && !tables.contains(history)) {
      throw new DatabaseUnusableException(
          "Schema '%s' of %s holds tables that are not Muster's: %s. Nothing was changed. Give Muster a database of its own, or a schema: CREATE SCHEMA muster AUTHORIZATION %s, and ?currentSchema=muster in spring.datasource.url."
              .formatted(schema, url, some(tables), role(connection)));
    }
    for (MigrationInfo step : flyway.info().all()) {
      switch (step.getState()) {
        case FUTURE_SUCCESS, FUTURE_FAILED ->
            throw new DatabaseUnusableException(
                "Schema '%s' of %s was changed by a newer Muster (%s, %s); this one would damage what it does not know. Run the newer one."
                    .formatted(schema, url, step.getVersion(), step.getDescription()));
        case MISSING_SUCCESS, MISSING_FAILED -> throw foreign(schema, step);
        case FAILED ->
            throw new DatabaseUnusableException(
                "A change of schema '%s' of %s failed half way (%s, %s). Restore the database as it was before."
                    .formatted(schema, url, step.getVersion(), step.getDescription()));
        default -> {
          if (step.isVersioned()
              && step.getState().isApplied()
              && !(step.isChecksumMatching() && step.isDescriptionMatching())) {
            throw foreign(schema, step);
          }
        }
      }
    }
  }

  private DatabaseUnusableException foreign(String schema, MigrationInfo step) {
    return new DatabaseUnusableException(
        "The tables in schema '%s' of %s were made by another program, or another Muster than this one: its history holds %s, '%s'. Nothing was changed. Run the Muster that made them, or name another database or schema in spring.datasource.url."
            .formatted(schema, url, step.getVersion(), step.getDescription()));
  }

  private void checkRights(Connection connection, String schema, Flyway flyway)
      throws SQLException {
    boolean may =
        Boolean.parseBoolean(
            text(connection, "SELECT has_schema_privilege(current_schema(), 'CREATE')::text"));
    if (!may && flyway.info().pending().length > 0) {
      throw new DatabaseUnusableException(
          "'%s' may not make tables in schema '%s' of %s. GRANT CREATE, USAGE ON SCHEMA %s TO %s; or give it a schema of its own: CREATE SCHEMA muster AUTHORIZATION %s, and ?currentSchema=muster in spring.datasource.url."
              .formatted(
                  role(connection), schema, url, schema, role(connection), role(connection)));
    }
  }

  private static List<String> tables(Connection connection, String schema) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            """
            SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
             WHERE n.nspname = ? AND c.relkind IN ('r', 'p', 'f')
               AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
             ORDER BY 1\
            """)) {
      statement.setString(1, schema);
      try (ResultSet rows = statement.executeQuery()) {
        List<String> tables = new ArrayList<>();
        while (rows.next()) {
          tables.add(rows.getString(1));
        }
        return tables;
      }
    }
  }

  private static String some(List<String> tables) {
    return String.join(", ", tables.subList(0, Math.min(TABLES_NAMED, tables.size())))
        + (tables.size() > TABLES_NAMED
            ? " and %d more".formatted(tables.size() - TABLES_NAMED)
            : "");
  }

  private static String role(Connection connection) throws SQLException {
    return text(connection, "SELECT current_user");
  }

  private static String text(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      return row.next() && row.getString(1) != null ? row.getString(1) : "";
    }
  }

  private static @Nullable SQLException sqlException(Throwable failure) {
    SQLException found = null;
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof SQLException sql && sql.getSQLState() != null) {
        found = sql;
      }
    }
    return found;
  }

  /** The first line of what a library said, with what it goes back to. */
  private static String said(Throwable failure) {
    Throwable cause = failure;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    String host = cause instanceof UnknownHostException ? "unknown host " : "";
    return host + String.valueOf(cause.getMessage()).lines().findFirst().orElse("").strip();
  }

  /** Nobody at a configured address is a wrong address; Muster's own server comes back. */
  private DatabaseUnusableException unusable(Exception cause, String sentence) {
    LOG.warn("database=unusable {}", sentence, cause);
    SQLException sql = sqlException(cause);
    boolean wrongAddress =
        !url.equals(EMBEDDED) && sql != null && Outage.UNREACHABLE.equals(sql.getSQLState());
    return new DatabaseUnusableException(sentence, Outage.caused(cause) && !wrongAddress);
  }
}
