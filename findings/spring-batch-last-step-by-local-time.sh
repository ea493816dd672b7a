#!/usr/bin/env bash
# spring-batch-core 6.0.6 (h2 2.3.232 as its database, Java 17 or newer)
#
# JobRepository.getLastStepExecution says "the last execution of step for the given job instance". It is what a restart and a
# partitioned step continue from. One would take it to be the newest: the one with the highest id. It is ordered by CREATE_TIME
# first, a TIMESTAMP without a zone that each process fills from its own default zone. So a process whose zone lies further west
# than that of the process before it does not find the step execution that it has itself just written.
#
# Seen: two processes, one after the other, each write a step execution of the same job instance and ask for the last one. The
# second, in New York after one in UTC, is given the first one's.
# Right for Muster: order by id; see the tests on restarting under another zone.
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
cat > LastStep.java <<'JAVA'
import java.util.TimeZone;
import org.springframework.batch.core.job.JobExecution;
import org.springframework.batch.core.job.JobInstance;
import org.springframework.batch.core.job.parameters.JobParametersBuilder;
import org.springframework.batch.core.repository.JobRepository;
import org.springframework.batch.core.repository.support.JdbcJobRepositoryFactoryBean;
import org.springframework.batch.infrastructure.item.ExecutionContext;
import org.springframework.core.io.ClassPathResource;
import org.springframework.jdbc.datasource.DriverManagerDataSource;
import org.springframework.jdbc.datasource.init.ResourceDatabasePopulator;
import org.springframework.jdbc.support.JdbcTransactionManager;

class LastStep {
  // One process writes a step execution of the run that is named, and says whether the repository takes it for the last.
  public static void main(String[] args) throws Exception {
    var source = new DriverManagerDataSource("jdbc:h2:./batch");
    if (args[0].equals("make")) {
      new ResourceDatabasePopulator(new ClassPathResource("org/springframework/batch/core/schema-h2.sql")).execute(source);
      return;
    }
    var factory = new JdbcJobRepositoryFactoryBean();
    factory.setDataSource(source);
    factory.setTransactionManager(new JdbcTransactionManager(source));
    factory.afterPropertiesSet();
    JobRepository repository = factory.getObject();
    var parameters = new JobParametersBuilder().addString("run", args[0]).toJobParameters();
    JobInstance instance = repository.getJobInstance("import", parameters);
    if (instance == null) {
      instance = repository.createJobInstance("import", parameters);
    }
    JobExecution execution = repository.createJobExecution(instance, parameters, new ExecutionContext());
    long mine = repository.createStepExecution("load", execution).getId();
    long last = repository.getLastStepExecution(instance, "load").getId();
    System.out.println(args[0] + ", process in " + TimeZone.getDefault().getID() + ": last is " + (last == mine ? "its own" : "an older one"));
  }
}
JAVA
mvn -q -B dependency:build-classpath -Dmdep.outputFile=cp.txt >&2
javac -d . -cp "$(cat cp.txt)" LastStep.java
last() { java -Duser.timezone="$1" -cp "$(cat cp.txt):." LastStep "$2" 2>/dev/null; }
last UTC make
{
  last UTC same; last UTC same
  last UTC west; last America/New_York west
  last America/New_York east; last UTC east
} | tee seen.txt
diff seen.txt - <<'SEEN'
same, process in UTC: last is its own
same, process in UTC: last is its own
west, process in UTC: last is its own
west, process in America/New_York: last is an older one
east, process in America/New_York: last is its own
east, process in UTC: last is its own
SEEN
