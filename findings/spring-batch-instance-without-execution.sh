#!/usr/bin/env bash
# spring-batch-core 6.0.6 (h2 2.3.232 as its database), Java 17 or newer
#
# JobOperator.start writes a job instance and its first execution, in two transactions. A process that is killed, or a database that goes
# away, between the two leaves an instance that has never run. One would guess that the next start with the same parameters runs it for
# the first time. It is refused, as is every later one: "Cannot find any job execution"; and restart needs an execution, so nothing in the
# API gets these parameters to run, but for deleting the instance.
# Right for Muster: an instance without an execution is removed before a run starts, under the run's lock (ProvisionManifestJobTests).
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
cat > Orphan.java <<'JAVA'
import org.springframework.batch.core.configuration.support.MapJobRegistry;
import org.springframework.batch.core.job.builder.JobBuilder;
import org.springframework.batch.core.job.parameters.*;
import org.springframework.batch.core.launch.support.*;
import org.springframework.batch.core.repository.support.JdbcJobRepositoryFactoryBean;
import org.springframework.batch.core.step.builder.StepBuilder;
import org.springframework.batch.infrastructure.repeat.RepeatStatus;
import org.springframework.core.io.ClassPathResource;
import org.springframework.jdbc.datasource.DriverManagerDataSource;
import org.springframework.jdbc.datasource.init.ResourceDatabasePopulator;
import org.springframework.jdbc.support.JdbcTransactionManager;

class Orphan {
  public static void main(String[] args) throws Exception {
    var source = new DriverManagerDataSource("jdbc:h2:mem:batch;DB_CLOSE_DELAY=-1");
    new ResourceDatabasePopulator(new ClassPathResource("org/springframework/batch/core/schema-h2.sql")).execute(source);
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
    var step = new StepBuilder("import", repository).tasklet((contribution, context) -> RepeatStatus.FINISHED, transactions).build();
    var job = new JobBuilder("job", repository).start(step).build();
    var parameters = new JobParametersBuilder().addString("file", "a.csv").toJobParameters();
    // all that a start had done when it was killed between its two transactions
    var instance = repository.createJobInstance("job", parameters);
    for (int i = 1; i <= 2; i++) {
      try {
        System.out.println("start " + i + ": " + operator.start(job, parameters).getStatus());
      } catch (Exception e) {
        System.out.println("start " + i + ": " + e.getClass().getSimpleName() + ", " + e.getMessage().replaceAll(": JobInstance.*", ""));
      }
    }
    repository.deleteJobInstance(instance);
    System.out.println("instance deleted: " + operator.start(job, parameters).getStatus());
  }
}
JAVA
mvn -q -B dependency:build-classpath -Dmdep.outputFile=cp.txt >&2
java -cp "$(cat cp.txt)" Orphan.java 2>/dev/null | tee seen.txt
diff seen.txt - <<'SEEN'
start 1: IllegalStateException, Cannot find any job execution for job instance
start 2: IllegalStateException, Cannot find any job execution for job instance
instance deleted: COMPLETED
SEEN
