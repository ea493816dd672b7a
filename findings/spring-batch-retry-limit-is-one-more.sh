#!/usr/bin/env bash
# spring-batch-core 6.0.6 (h2 2.3.232 as its database), Java 17 or newer
#
# faultTolerant().retry(X).retryLimit(3): in all versions up to 5 an item that goes on failing was tried three times, the first one
# counted. The step that 6.0 builds with chunk(size) hands the number on as that of *re*tries: it is tried four times, and retryLimit(1),
# which used to mean "don't", tries twice. A step made with chunk(size, transactionManager), which 6.0 still has as deprecated, tries
# three times. So changing a job from one method to the other, as the deprecation asks for, adds a call to each failing item.
# Right for Muster: a number of tries is said and counted as tries, the first included (docs/operations.md).
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
cat > Tries.java <<'JAVA'
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
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.springframework.batch.infrastructure.item.support.ListItemReader;

class Tries {
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
    for (int limit = 1; limit <= 3; limit++) {
      var now = new AtomicInteger();
      var before = new AtomicInteger();
      var step = new StepBuilder("now", repository).<String, String>chunk(1).transactionManager(transactions)
          .reader(new ListItemReader<>(List.of("device"))).writer(chunk -> {
            now.incrementAndGet();
            throw new IllegalStateException("away");
          }).faultTolerant().retry(IllegalStateException.class).retryLimit(limit).build();
      var older = new StepBuilder("before", repository).<String, String>chunk(1, transactions)
          .reader(new ListItemReader<>(List.of("device"))).writer(chunk -> {
            before.incrementAndGet();
            throw new IllegalStateException("away");
          }).faultTolerant().retry(IllegalStateException.class).retryLimit(limit).build();
      operator.start(new JobBuilder("now" + limit, repository).start(step).build(), new JobParameters());
      operator.start(new JobBuilder("before" + limit, repository).start(older).build(), new JobParameters());
      System.out.println("retryLimit(" + limit + "): chunk(size, transactionManager) tries " + before + ", chunk(size) tries " + now);
    }
  }
}
JAVA
mvn -q -B dependency:build-classpath -Dmdep.outputFile=cp.txt >&2
java -cp "$(cat cp.txt)" Tries.java 2>/dev/null | tee seen.txt
diff seen.txt - <<'SEEN'
retryLimit(1): chunk(size, transactionManager) tries 1, chunk(size) tries 2
retryLimit(2): chunk(size, transactionManager) tries 2, chunk(size) tries 3
retryLimit(3): chunk(size, transactionManager) tries 3, chunk(size) tries 4
SEEN
