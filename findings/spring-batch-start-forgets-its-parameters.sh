#!/usr/bin/env bash
# spring-batch-core 6.0.6 (h2 2.3.232 as its database), Java 17 or newer
#
# A job that may run again and again for the same file is given a RunIdIncrementer, and started with JobOperator.start(job, parameters),
# parameters being the file's name. One would guess that the run gets the file's name, and a run id beside it. As soon as a job has an
# incrementer, start leaves all parameters that it is given out, and the run gets what the incrementer makes of the last run's: the first
# run has a run id and nothing else. All that is heard of it is a line in the log at WARN. Whoever moves from JobLauncher.run(job,
# parameters) of earlier versions, which passed them on, meets it when a step reads a parameter that is not there.
# Right for Muster: no incrementer; what tells runs apart is in their parameters (factory, hash, round; see
# docs/decisions/0001-identity-and-steps.md).
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
cat > Forgets.java <<'JAVA'
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

class Forgets {
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
    for (boolean incrementer : new boolean[] {false, true}) {
      var step = new StepBuilder("import", repository).tasklet((contribution, context) -> {
        System.out.println((incrementer ? "with" : "without") + " incrementer: " + context.getStepContext().getJobParameters());
        return RepeatStatus.FINISHED;
      }, transactions).build();
      var builder = new JobBuilder("job" + incrementer, repository);
      var job = (incrementer ? builder.incrementer(new RunIdIncrementer()) : builder).start(step).build();
      for (String file : new String[] {"a.csv", "b.csv"}) {
        operator.start(job, new JobParametersBuilder().addString("file", file).toJobParameters());
      }
    }
  }
}
JAVA
mvn -q -B dependency:build-classpath -Dmdep.outputFile=cp.txt >&2
java -cp "$(cat cp.txt)" Forgets.java 2>/dev/null | tee seen.txt
diff seen.txt - <<'SEEN'
without incrementer: {file=a.csv}
without incrementer: {file=b.csv}
with incrementer: {run.id=1}
with incrementer: {run.id=2}
SEEN
