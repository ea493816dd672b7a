#!/usr/bin/env bash
# spring-batch-core 6.0.6 (h2 2.3.232 as its database), Java 17 or newer
#
# JobOperator.stop asks a run to stop behind its chunk. One would guess that the execution is STOPPING until then, and that a
# restart is refused meanwhile. It is written as STOPPED, with an end time, before stop returns, while the step is still in its chunk;
# and a restart in that moment is accepted: the same step of the same job instance works twice at a time.
# Right for Muster: only STOPPING is written from outside, the run itself writes its end, and who works is decided by a lock.
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
cat > Stop.java <<'JAVA'
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.springframework.batch.core.configuration.support.MapJobRegistry;
import org.springframework.batch.core.job.Job;
import org.springframework.batch.core.job.JobExecution;
import org.springframework.batch.core.job.builder.JobBuilder;
import org.springframework.batch.core.job.parameters.JobParameters;
import org.springframework.batch.core.launch.support.JobOperatorFactoryBean;
import org.springframework.batch.core.repository.JobRepository;
import org.springframework.batch.core.repository.support.JdbcJobRepositoryFactoryBean;
import org.springframework.batch.core.step.builder.StepBuilder;
import org.springframework.batch.infrastructure.repeat.RepeatStatus;
import org.springframework.core.io.ClassPathResource;
import org.springframework.core.task.SimpleAsyncTaskExecutor;
import org.springframework.jdbc.datasource.DriverManagerDataSource;
import org.springframework.jdbc.datasource.init.ResourceDatabasePopulator;
import org.springframework.jdbc.support.JdbcTransactionManager;

class Stop {
  public static void main(String[] args) throws Exception {
    var source = new DriverManagerDataSource("jdbc:h2:mem:batch;DB_CLOSE_DELAY=-1");
    new ResourceDatabasePopulator(new ClassPathResource("org/springframework/batch/core/schema-h2.sql")).execute(source);
    var transactions = new JdbcTransactionManager(source);
    var factory = new JdbcJobRepositoryFactoryBean();
    factory.setDataSource(source);
    factory.setTransactionManager(transactions);
    factory.afterPropertiesSet();
    JobRepository repository = factory.getObject();
    var operators = new JobOperatorFactoryBean();
    operators.setJobRepository(repository);
    operators.setTransactionManager(transactions);
    var registry = new MapJobRegistry();
    operators.setJobRegistry(registry);
    operators.setTaskExecutor(new SimpleAsyncTaskExecutor());
    operators.afterPropertiesSet();
    var operator = operators.getObject();
    var inChunk = new CountDownLatch(1);
    var both = new CountDownLatch(2);
    var goOn = new CountDownLatch(1);
    var atOnce = new AtomicInteger();
    var step = new StepBuilder("work", repository).tasklet((contribution, context) -> {
      atOnce.incrementAndGet();
      inChunk.countDown();
      both.countDown();
      goOn.await();
      atOnce.decrementAndGet();
      return RepeatStatus.CONTINUABLE;
    }, transactions).build();
    Job job = new JobBuilder("job", repository).start(step).build();
    registry.register(job);
    JobExecution execution = operator.start(job, new JobParameters());
    inChunk.await();
    operator.stop(execution);
    JobExecution seen = repository.getJobExecution(execution.getId());
    System.out.println("while the step is in its chunk: job " + seen.getStatus()
        + ", end time " + (seen.getEndTime() == null ? "none" : "set"));
    // What an operator does next, on seeing STOPPED
    try {
      operator.restart(seen);
    } catch (Exception e) {
      System.out.println("restart refused: " + e.getClass().getSimpleName());
      System.exit(0);
    }
    both.await(20, TimeUnit.SECONDS);
    System.out.println("restarted meanwhile: the step runs " + atOnce.get() + " times at once");
    System.exit(0);
  }
}
JAVA
mvn -q -B dependency:build-classpath -Dmdep.outputFile=cp.txt >&2
java -cp "$(cat cp.txt)" Stop.java 2>/dev/null | tee seen.txt
diff seen.txt - <<'SEEN'
while the step is in its chunk: job STOPPED, end time set
restarted meanwhile: the step runs 2 times at once
SEEN
