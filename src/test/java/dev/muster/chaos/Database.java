package dev.muster.chaos;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.SingleConnectionDataSource;

/** Muster's PostgreSQL as one sees it from outside; most of the time it is there. */
final class Database implements AutoCloseable {

  private static final Pattern PORT = Pattern.compile("(?m)^port = (\\d+)$");

  private final Path folder;
  private @Nullable Connection connection;

  /**
   * @param folder the server's
   */
  Database(Path folder) {
    this.folder = folder;
  }

  /** What it answers; empty when it is away. */
  <T> Optional<T> ask(Function<JdbcClient, T> question) throws SQLException {
    try {
      return Optional.of(
          question.apply(JdbcClient.create(new SingleConnectionDataSource(connected(), true))));
    } catch (DataAccessException | SQLException | IOException e) {
      close();
      return Optional.empty();
    }
  }

  private Connection connected() throws SQLException, IOException {
    Connection current = connection;
    if (current == null) {
      Matcher port = PORT.matcher(Files.readString(folder.resolve("data/postgresql.conf")));
      if (!port.find()) {
        throw new IOException("no port yet");
      }
      current =
          DriverManager.getConnection(
              "jdbc:postgresql://127.0.0.1:%s/muster?connectTimeout=5&socketTimeout=60"
                  .formatted(port.group(1)),
              "muster",
              Files.readString(folder.resolve("password")).strip());
      connection = current;
    }
    return current;
  }

  /** The server's process; -1 when there is none. */
  long postmaster() throws IOException {
    Path pidFile = folder.resolve("data/postmaster.pid");
    return Files.exists(pidFile) ? Long.parseLong(Files.readAllLines(pidFile).get(0).strip()) : -1;
  }

  @Override
  public void close() throws SQLException {
    Connection old = connection;
    connection = null;
    if (old != null) {
      old.close();
    }
  }
}
