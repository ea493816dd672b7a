package dev.muster.run;

import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/**
 * Asks a run to stop behind its next chunk, in whichever process it is: each chunk looks at the
 * status of its job execution before it goes on.
 *
 * <p>Not {@code JobOperator.stop}, which also writes to the step executions: from another process
 * that races with the run's own updates, and the one who is second fails.
 */
@Component
class StopRequest {

  private final JdbcClient jdbc;

  StopRequest(JdbcClient jdbc) {
    this.jdbc = jdbc;
  }

  /** Returns whether it was running. */
  public boolean send(long executionId) {
    return jdbc.sql(
                """
                UPDATE batch_job_execution SET status = 'STOPPING', version = version + 1
                 WHERE job_execution_id = ? AND status IN ('STARTING', 'STARTED')
                """)
            .param(executionId)
            .update()
        == 1;
  }
}
