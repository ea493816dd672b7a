#!/usr/bin/env bash
# spring-batch-core 6.0.6 with com.h2database:h2 2.3.232, Java 17 or newer
#
# A step whose last chunk is committed is done, one would guess, and what is left is to write that down; whoever can't, finds it not done
# and does it again. A step's end is written twice, with its context behind each (four connections in all). If a single one of these can't
# be had, for one moment, the step is called UNKNOWN, also when its first write, COMPLETED, had come through; a second write that is
# possible again puts UNKNOWN over that. In each case the run ends UNKNOWN, and its job can never be started again, though everything was
# done: two times of four the history says that the step is COMPLETED. Those behind it, the job's own, are harmless (FAILED, and the
# next start completes) or leave a run that is "already running".
# Right for Muster: the end that is written stands and the run goes on; of a run that is UNKNOWN a restart goes on from what was
# committed (FencingTests, RestartTests).
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
cat > Refused.java <<'JAVA'
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import org.springframework.batch.core.configuration.support.MapJobRegistry;
import org.springframework.batch.core.job.builder.JobBuilder;
import org.springframework.batch.core.job.parameters.JobParameters;
import org.springframework.batch.core.launch.support.JobOperatorFactoryBean;
import org.springframework.batch.core.repository.support.JdbcJobRepositoryFactoryBean;
import org.springframework.batch.core.step.builder.StepBuilder;
import org.springframework.batch.infrastructure.repeat.RepeatStatus;
import org.springframework.core.io.ClassPathResource;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.DelegatingDataSource;
import org.springframework.jdbc.datasource.DriverManagerDataSource;
import org.springframework.jdbc.datasource.init.ResourceDatabasePopulator;
import org.springframework.jdbc.support.JdbcTransactionManager;

class Refused {
  /** Gives a connection whenever one is asked for, but for one time. */
  static class OneRefused extends DelegatingDataSource {
    int refuse = Integer.MAX_VALUE;

    OneRefused(String url) { super(new DriverManagerDataSource(url)); }

    @Override public Connection getConnection() throws SQLException {
      if (--refuse == 0) throw new SQLTransientConnectionException("no connection now");
      return super.getConnection();
    }
  }

  public static void main(String[] args) throws Exception {
    for (int which = 1; which <= 6; which++) {
      int refused = which;
      var source = new OneRefused("jdbc:h2:mem:batch" + which + ";DB_CLOSE_DELAY=-1");
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
      var step = new StepBuilder("load", repository).tasklet((contribution, context) -> {
        source.refuse = refused; // this chunk's own transaction has its connection
        return RepeatStatus.FINISHED;
      }, transactions).build();
      var job = new JobBuilder("job", repository).start(step).build();
      String said = "";
      for (int time = 0; time < 2; time++) {
        try {
          said += " " + operator.start(job, new JobParameters()).getStatus();
        } catch (Exception e) {
          said += " " + e.getClass().getSimpleName();
        }
        if (time == 0) said += " (step in the history: "
            + new JdbcTemplate(source).queryForObject("SELECT status FROM batch_step_execution", String.class) + "), again:";
        source.refuse = Integer.MAX_VALUE;
      }
      System.out.println("connection " + which + " behind the work refused:" + said);
    }
  }
}
JAVA
mvn -q -B dependency:build-classpath -Dmdep.outputFile=cp.txt >&2
java -cp "$(cat cp.txt)" Refused.java 2>/dev/null | tee seen.txt
diff seen.txt - <<'SEEN'
connection 1 behind the work refused: UNKNOWN (step in the history: UNKNOWN), again: JobRestartException
connection 2 behind the work refused: UNKNOWN (step in the history: UNKNOWN), again: JobRestartException
connection 3 behind the work refused: UNKNOWN (step in the history: COMPLETED), again: JobRestartException
connection 4 behind the work refused: UNKNOWN (step in the history: COMPLETED), again: JobRestartException
connection 5 behind the work refused: FAILED (step in the history: COMPLETED), again: COMPLETED
connection 6 behind the work refused: CannotCreateTransactionException (step in the history: COMPLETED), again: JobExecutionAlreadyRunningException
SEEN
