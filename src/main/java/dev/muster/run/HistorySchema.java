package dev.muster.run;

import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;
import org.flywaydb.core.api.MigrationVersion;
import org.flywaydb.core.api.migration.Context;
import org.flywaydb.core.api.migration.JavaMigration;
import org.jspecify.annotations.Nullable;
import org.springframework.core.io.ClassPathResource;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.SingleConnectionDataSource;
import org.springframework.jdbc.datasource.init.ScriptUtils;
import org.springframework.stereotype.Component;

/**
 * Spring Batch's tables, by its own script, and the indexes that it lacks. Without them every run
 * reads the whole history again and again: at 4,000 executions, small manifests took half as long
 * again as at the first.
 *
 * <p>Of a step's executions Spring Batch 6.0.6 takes the one created last for the last, by the
 * local time of the process that wrote it. Here it is the database that says when each was created,
 * in UTC and in the order of their numbers, so processes need not agree on a clock or a zone.
 *
 * <p>A step execution that goes on where another was begins with nothing, and is given the other's
 * position in a transaction of its own, a moment later. Broken off in between it is the last one,
 * and the next restart would begin from the start. Here it has the position from its first moment.
 */
@Component
class HistorySchema implements JavaMigration {

  private static final String TABLES = "org/springframework/batch/core/schema-postgresql.sql";

  private static final String INDEXES =
      """
      CREATE INDEX IF NOT EXISTS batch_step_execution_job ON batch_step_execution (job_execution_id);
      CREATE INDEX IF NOT EXISTS batch_job_execution_instance ON batch_job_execution (job_instance_id);
      CREATE INDEX IF NOT EXISTS batch_job_execution_params_job
          ON batch_job_execution_params (job_execution_id);
      CREATE INDEX IF NOT EXISTS batch_job_execution_params_arrival
          ON batch_job_execution_params (parameter_value) WHERE parameter_name = 'arrival';
      CREATE INDEX IF NOT EXISTS batch_job_execution_unfinished ON batch_job_execution (job_execution_id)
       WHERE status IN ('STARTING', 'STARTED', 'STOPPING');
      DROP INDEX IF EXISTS batch_job_execution_ended_badly;
      CREATE INDEX batch_job_execution_ended_badly ON batch_job_execution (job_execution_id)
       WHERE status IN ('STARTING', 'STARTED', 'STOPPING', 'STOPPED', 'FAILED', 'UNKNOWN');
      CREATE INDEX IF NOT EXISTS batch_job_execution_updated ON batch_job_execution (last_updated);
      CREATE OR REPLACE FUNCTION batch_step_created() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        NEW.create_time := greatest(
          clock_timestamp() AT TIME ZONE 'UTC',
          (SELECT max(s.create_time) + interval '1 microsecond'
             FROM batch_job_execution mine
             JOIN batch_job_execution e USING (job_instance_id)
             JOIN batch_step_execution s ON s.job_execution_id = e.job_execution_id
            WHERE mine.job_execution_id = NEW.job_execution_id));
        RETURN NEW;
      END $$;
      CREATE OR REPLACE TRIGGER batch_step_created BEFORE INSERT ON batch_step_execution
         FOR EACH ROW EXECUTE FUNCTION batch_step_created();
      CREATE OR REPLACE FUNCTION batch_step_goes_on() RETURNS trigger LANGUAGE plpgsql AS $$
      DECLARE
        before batch_step_execution_context;
      BEGIN
        SELECT c.* INTO before
          FROM batch_step_execution mine
          JOIN batch_job_execution me ON me.job_execution_id = mine.job_execution_id
          JOIN batch_job_execution e ON e.job_instance_id = me.job_instance_id
          JOIN batch_step_execution s
            ON s.job_execution_id = e.job_execution_id AND s.step_name = mine.step_name
               AND s.step_execution_id < mine.step_execution_id
          JOIN batch_step_execution_context c ON c.step_execution_id = s.step_execution_id
         WHERE mine.step_execution_id = NEW.step_execution_id
         ORDER BY s.step_execution_id DESC LIMIT 1;
        IF FOUND THEN
          NEW.short_context := before.short_context;
          NEW.serialized_context := before.serialized_context;
        END IF;
        RETURN NEW;
      END $$;
      CREATE OR REPLACE TRIGGER batch_step_goes_on BEFORE INSERT ON batch_step_execution_context
         FOR EACH ROW EXECUTE FUNCTION batch_step_goes_on()\
      """;

  @Override
  public void migrate(Context context) {
    var connection = context.getConnection();
    var jdbc = JdbcClient.create(new SingleConnectionDataSource(connection, true));
    if (jdbc.sql("SELECT to_regclass('batch_job_instance') IS NULL")
        .query(Boolean.class)
        .single()) {
      ScriptUtils.executeSqlScript(connection, new ClassPathResource(TABLES));
    }
    jdbc.sql(INDEXES).update();
  }

  /** None: it is looked at again whenever its checksum has changed. */
  @Override
  public @Nullable MigrationVersion getVersion() {
    return null;
  }

  @Override
  public String getDescription() {
    return "history";
  }

  @Override
  public Integer getChecksum() {
    var crc = new CRC32();
    crc.update(INDEXES.getBytes(StandardCharsets.UTF_8));
    return (int) crc.getValue();
  }

  @Override
  public boolean canExecuteInTransaction() {
    return true;
  }
}
