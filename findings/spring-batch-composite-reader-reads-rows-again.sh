#!/usr/bin/env bash
# spring-batch-core 6.0.6 (h2 2.3.232 as its database), Java 17 or newer
#
# CompositeItemReader (since 5.2) reads one reader after the other, such as a factory's two files. Each of them keeps its place in the step's
# context, and one would guess that a restart continues behind the last chunk, as it does with a single file. At the end of a chunk only the
# reader whose turn it is is asked for its place. In the chunk in which the first file ends and the second begins, that is the second, and
# the first one's place stays where it was a chunk earlier. A restart reads the first file's rows from there once more, which are committed,
# and then goes on where the second file stood: a3 is written twice here, without an error or a word in the log. Where the first file's rows
# fill their chunks (four, in chunks of two), all is well. MultiResourceItemReader is exact with the same two files.
# Right for Muster: a run has one file, and the reader's place is in its chunk's transaction (docs/architecture.md, "Why a restart is
# exact").
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
cat > pom.xml <<'POM'
<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
  <groupId>finding</groupId><artifactId>finding</artifactId><version>1</version>
  <dependencies>
    <dependency><groupId>org.springframework.batch</groupId><artifactId>spring-batch-core</artifactId><version>6.0.6</version></dependency>
    <dependency><groupId>com.h2database</groupId><artifactId>h2</artifactId><version>2.3.232</version></dependency>
  </dependencies>
</project>
POM
printf 'a1\na2\na3\n' > a.csv; printf 'b1\nb2\nb3\n' > b.csv; printf 'a1\na2\na3\na4\n' > even.csv
cat > Both.java <<'JAVA'
import java.util.*;
import org.springframework.batch.core.configuration.support.MapJobRegistry;
import org.springframework.batch.core.job.builder.JobBuilder;
import org.springframework.batch.core.job.parameters.JobParameters;
import org.springframework.batch.core.launch.support.*;
import org.springframework.batch.core.repository.support.JdbcJobRepositoryFactoryBean;
import org.springframework.batch.core.step.builder.StepBuilder;
import org.springframework.batch.infrastructure.item.ItemStreamReader;
import org.springframework.batch.infrastructure.item.file.FlatFileItemReader;
import org.springframework.batch.infrastructure.item.file.builder.*;
import org.springframework.batch.infrastructure.item.file.mapping.PassThroughLineMapper;
import org.springframework.batch.infrastructure.item.support.CompositeItemReader;
import org.springframework.core.io.*;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.DriverManagerDataSource;
import org.springframework.jdbc.datasource.init.ResourceDatabasePopulator;
import org.springframework.jdbc.support.JdbcTransactionManager;

class Both {
  static FlatFileItemReader<String> file(String name) {
    return new FlatFileItemReaderBuilder<String>().name(name).resource(new FileSystemResource(name)).lineMapper(new PassThroughLineMapper()).build();
  }

  public static void main(String[] args) throws Exception {
    var source = new DriverManagerDataSource("jdbc:h2:mem:batch;DB_CLOSE_DELAY=-1");
    new ResourceDatabasePopulator(new ClassPathResource("org/springframework/batch/core/schema-h2.sql")).execute(source);
    var database = new JdbcTemplate(source);
    database.execute("CREATE TABLE device (number int AUTO_INCREMENT, id varchar(10))");
    var transactions = new JdbcTransactionManager(source);
    var repositories = new JdbcJobRepositoryFactoryBean();
    repositories.setDataSource(source);
    repositories.setTransactionManager(transactions);
    repositories.afterPropertiesSet();
    var repository = repositories.getObject();
    var operators = new JobOperatorFactoryBean();
    operators.setJobRepository(repository);
    operators.setTransactionManager(transactions);
    operators.setJobRegistry(new MapJobRegistry());
    operators.afterPropertiesSet();
    var operator = operators.getObject();
    var readers = new LinkedHashMap<String, ItemStreamReader<String>>();
    readers.put("CompositeItemReader, 3 and 3 rows", new CompositeItemReader<>(List.of(file("a.csv"), file("b.csv"))));
    readers.put("CompositeItemReader, 4 and 3 rows", new CompositeItemReader<>(List.of(file("even.csv"), file("b.csv"))));
    readers.put("MultiResourceItemReader, 3 and 3 rows", new MultiResourceItemReaderBuilder<String>().name("files")
        .resources(new FileSystemResource("a.csv"), new FileSystemResource("b.csv")).delegate(file("each")).build());
    for (var reader : readers.entrySet()) {
      database.execute("TRUNCATE TABLE device");
      var away = new boolean[] {true};
      var step = new StepBuilder("load", repository).<String, String>chunk(2).transactionManager(transactions).reader(reader.getValue()).writer(chunk -> {
        chunk.forEach(id -> database.update("INSERT INTO device (id) VALUES (?)", id));
        if (away[0] && chunk.getItems().contains("b3")) {
          away[0] = false;
          throw new IllegalStateException("away");
        }
      }).build();
      var job = new JobBuilder(reader.getKey(), repository).start(step).build();
      for (int run = 1; run <= 2; run++) {
        System.out.println(reader.getKey() + ": " + operator.start(job, new JobParameters()).getStatus() + " "
            + database.queryForList("SELECT id FROM device ORDER BY number", String.class));
      }
    }
  }
}
JAVA
mvn -q -B dependency:build-classpath -Dmdep.outputFile=cp.txt >&2
java -cp "$(cat cp.txt)" Both.java 2>/dev/null | tee seen.txt
diff seen.txt - <<'SEEN'
CompositeItemReader, 3 and 3 rows: FAILED [a1, a2, a3, b1]
CompositeItemReader, 3 and 3 rows: COMPLETED [a1, a2, a3, b1, a3, b2, b3]
CompositeItemReader, 4 and 3 rows: FAILED [a1, a2, a3, a4, b1, b2]
CompositeItemReader, 4 and 3 rows: COMPLETED [a1, a2, a3, a4, b1, b2, b3]
MultiResourceItemReader, 3 and 3 rows: FAILED [a1, a2, a3, b1]
MultiResourceItemReader, 3 and 3 rows: COMPLETED [a1, a2, a3, b1, b2, b3]
SEEN
