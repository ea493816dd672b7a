package dev.muster.run;

import dev.muster.store.Leftovers;
import dev.muster.store.ReceivedContent;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.batch.core.job.JobExecution;
import org.springframework.batch.core.repository.JobRepository;
import org.springframework.context.event.EventListener;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.TransactionException;

/**
 * Content of runs that are over, and that who was last at them did not remove: a process that was
 * paused may bring content to its place when another has taken its run over, and come to its end;
 * or it was killed.
 */
@Component
public class LeftContent {

  private static final Logger LOG = LoggerFactory.getLogger(LeftContent.class);

  private final ReceivedContent contents;
  private final RunKinds kinds;
  private final JobRepository history;
  private final JdbcClient jdbc;
  private final Clock clock;

  LeftContent(
      ReceivedContent contents,
      RunKinds kinds,
      JobRepository history,
      JdbcClient jdbc,
      Clock clock) {
    this.contents = contents;
    this.kinds = kinds;
    this.history = history;
    this.jdbc = jdbc;
    this.clock = clock;
  }

  /**
   * Whoever leaves a run looks at what became of it. Spring Batch tells nobody of the end of a run
   * whose history is another's by now.
   */
  @EventListener
  void left(ExecutionLeft event) {
    try {
      JobExecution execution = history.getJobExecution(event.execution());
      JobExecution last =
          execution == null ? null : history.getLastJobExecution(execution.getJobInstance());
      if (last != null && RunContent.isOver(last)) {
        Optional<Path> place = content(last);
        if (place.isPresent()) {
          contents.remove(place.get());
        }
      }
    } catch (DataAccessException | TransactionException | IOException e) {
      LOG.warn("spool=left execution={} {}", event.execution(), e.toString()); // swept later
    }
  }

  /**
   * Removes it, once it is old. A run is in the history before its content lies in its place, so
   * that is looked at first.
   */
  public void sweep() throws IOException {
    Set<Path> left = contents.ofRuns(clock.instant().minus(Leftovers.LEFT_AFTER));
    if (left.isEmpty()) {
      return;
    }
    left.removeAll(needed());
    for (Path place : left) {
      contents.remove(place);
      LOG.info("spool=swept file={}", place);
    }
  }

  /** Of every run that can be gone on with, however old. */
  private Set<Path> needed() {
    List<Long> unfinished =
        jdbc.sql(
                """
                SELECT e.job_execution_id FROM batch_job_execution e
                 WHERE e.job_execution_id = (SELECT max(l.job_execution_id) FROM batch_job_execution l
                                              WHERE l.job_instance_id = e.job_instance_id)
                   AND e.status NOT IN ('COMPLETED', 'ABANDONED')
                   AND coalesce(e.exit_code, '') NOT IN ('REFUSED', 'WITHDRAWN')\
                """)
            .query(Long.class)
            .list();
    Set<Path> needed = new HashSet<>();
    for (long execution : unfinished) {
      JobExecution last = history.getJobExecution(execution);
      if (last != null) {
        content(last).ifPresent(needed::add);
      }
    }
    return needed;
  }

  private Optional<Path> content(JobExecution execution) {
    return kinds
        .find(execution.getJobInstance().getJobName())
        .flatMap(kind -> kind.content(execution));
  }
}
