package dev.muster.arrival;

import dev.muster.home.HostName;
import dev.muster.run.OtherInstances;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Transactional;

/**
 * The instances that share this database, and who of them lives.
 *
 * <p>One that was only paused would go on where it stood, beside the one that took over from it. So
 * the dead are buried properly: their database sessions are ended, which undoes what they had not
 * committed and frees the locks on their runs. A paused instance that wakes up finds that out, lets
 * its runs fail (the history has moved on, so they can't commit any more), and joins as a new one.
 */
@Component
class Instances implements OtherInstances {

  private static final Logger LOG = LoggerFactory.getLogger(Instances.class);

  private static final int SESSION_END_MILLISECONDS = 5_000;

  private final JdbcClient jdbc;
  private final String processName;

  /**
   * @param processName the name under which this process's sessions are known in the database
   */
  Instances(JdbcClient jdbc, @Value("${muster.process}") String processName) {
    this.jdbc = jdbc;
    this.processName = processName;
  }

  UUID join() {
    UUID id = UUID.randomUUID();
    jdbc.sql("INSERT INTO instance (instance_id, process_name, host, pid) VALUES (?, ?, ?, ?)")
        .params(id, processName, HostName.orElse("unknown"), ProcessHandle.current().pid())
        .update();
    LOG.info("instance=joined id={} process={}", id, processName);
    return id;
  }

  /** Says that an instance lives; returns false when it was buried meanwhile. */
  boolean beat(UUID id) {
    return jdbc.sql(
                "UPDATE instance SET heartbeat_at = now() WHERE instance_id = ? AND buried_at IS"
                    + " NULL")
            .param(id)
            .update()
        == 1;
  }

  @Override
  public boolean anyAlive() {
    return jdbc.sql(
            "SELECT EXISTS (SELECT FROM instance WHERE buried_at IS NULL AND process_name <> ?)")
        .param(processName)
        .query(Boolean.class)
        .single();
  }

  /** Leaves in order; nothing of it is running any more. */
  void leave(UUID id) {
    jdbc.sql("UPDATE instance SET buried_at = now() WHERE instance_id = ? AND buried_at IS NULL")
        .param(id)
        .update();
    LOG.info("instance=left id={}", id);
  }

  @Transactional
  public void buryDead(Duration silence) {
    List<Dead> dead =
        jdbc.sql(
                """
                UPDATE instance SET buried_at = now()
                 WHERE buried_at IS NULL AND heartbeat_at < now() - make_interval(secs => :silence)
                RETURNING instance_id, process_name\
                """)
            .param("silence", silence.toMillis() / 1e3)
            .query(Dead.class)
            .list();
    for (Dead one : dead) {
      Integer sessions =
          jdbc.sql(
                  """
                  SELECT count(*) FILTER (WHERE pg_terminate_backend(pid, :patience))
                    FROM pg_stat_activity WHERE application_name = :process AND pid <> pg_backend_pid()\
                  """)
              .param("patience", SESSION_END_MILLISECONDS)
              .param("process", one.processName())
              .query(Integer.class)
              .single();
      LOG.warn(
          "instance=buried id={} process={} sessions-ended={}",
          one.instanceId(),
          one.processName(),
          sessions);
    }
  }

  private record Dead(UUID instanceId, String processName) {}
}
