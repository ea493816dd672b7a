package dev.muster.run;

import dev.muster.run.SharedParts.Standing;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.batch.core.job.JobExecution;
import org.springframework.batch.core.partition.PartitionHandler;
import org.springframework.batch.core.partition.StepExecutionSplitter;
import org.springframework.batch.core.repository.JobRepository;
import org.springframework.batch.core.step.StepExecution;
import org.springframework.core.task.AsyncTaskExecutor;
import org.springframework.dao.DataAccessException;
import org.springframework.stereotype.Component;
import org.springframework.transaction.TransactionException;

/**
 * Offers the partitions of a step to all instances, works on them too, and waits until each has
 * come to its end. A partition whose worker died is free again as soon as the database knows: then
 * whoever is free goes on with it, this process as well.
 */
@Component
class SharedPartitionHandler implements PartitionHandler {

  private static final Logger LOG = LoggerFactory.getLogger(SharedPartitionHandler.class);

  /** So long a look may come to nothing; then the run fails, and can be restarted. */
  private static final Duration PATIENCE = Duration.ofMinutes(1);

  private final SharedParts parts;
  private final PartWork work;
  private final RunLock runLock;
  private final JobRepository jobRepository;
  private final AsyncTaskExecutor partitionExecutor;
  private final RunProperties properties;

  SharedPartitionHandler(
      SharedParts parts,
      PartWork work,
      RunLock runLock,
      JobRepository jobRepository,
      AsyncTaskExecutor partitionExecutor,
      RunProperties properties) {
    this.parts = parts;
    this.work = work;
    this.runLock = runLock;
    this.jobRepository = jobRepository;
    this.partitionExecutor = partitionExecutor;
    this.properties = properties;
  }

  @Override
  public Collection<StepExecution> handle(StepExecutionSplitter splitter, StepExecution step)
      throws Exception {
    JobExecution run = step.getJobExecution();
    Set<StepExecution> all = splitter.split(step, properties.workers());
    if (all.isEmpty()) {
      return all;
    }
    runLock.commit(run, () -> parts.offer(run, all));
    AtomicBoolean over = new AtomicBoolean();
    List<Future<?>> hands = new ArrayList<>();
    try {
      for (int hand = 0; hand < properties.workers(); hand++) {
        hands.add(
            partitionExecutor.submit(
                () ->
                    work.workUntil(over::get, () -> parts.take(run.getId(), Set.of(), over::get))));
      }
      awaitTheirEnd(run, all);
      over.set(true);
      await(hands);
      end(run, all);
    } finally {
      over.set(true);
      await(hands);
    }
    for (Standing one : parts.standing(all)) {
      one.failure().ifPresent(step::addFailureException);
    }
    return all.stream()
        .map(part -> Objects.requireNonNull(jobRepository.getStepExecution(part.getId())))
        .toList();
  }

  /** A session that was cut costs a look, and not the run: those who work don't need this one. */
  private void awaitTheirEnd(JobExecution run, Set<StepExecution> all) throws InterruptedException {
    long answered = System.nanoTime();
    while (true) {
      try {
        List<Standing> standing = runLock.commit(run, () -> parts.standing(all));
        if (standing.stream().allMatch(Standing::over)) {
          return;
        }
        answered = System.nanoTime();
      } catch (DataAccessException | TransactionException e) {
        if (System.nanoTime() - answered > PATIENCE.toNanos()) {
          throw e;
        }
        LOG.warn("parts=not-seen {}", e.getMessage());
      }
      Thread.sleep(PartWork.POLL.toMillis());
    }
  }

  /** Takes them back first, as whoever takes one does. */
  private void end(JobExecution run, Set<StepExecution> all) {
    runLock.commit(
        run,
        () -> {
          parts.close(all);
          parts.end(parts.standing(all));
        });
  }

  private static void await(List<Future<?>> hands) throws InterruptedException, ExecutionException {
    for (Future<?> hand : hands) {
      hand.get();
    }
  }
}
