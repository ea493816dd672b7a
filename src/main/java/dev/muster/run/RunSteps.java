package dev.muster.run;

import java.util.function.ToLongFunction;
import org.springframework.batch.core.configuration.annotation.StepScope;
import org.springframework.batch.core.job.Job;
import org.springframework.batch.core.job.builder.JobBuilder;
import org.springframework.batch.core.job.builder.SimpleJobBuilder;
import org.springframework.batch.core.partition.Partitioner;
import org.springframework.batch.core.partition.support.TaskExecutorPartitionHandler;
import org.springframework.batch.core.repository.JobRepository;
import org.springframework.batch.core.step.Step;
import org.springframework.batch.core.step.StepContribution;
import org.springframework.batch.core.step.StepExecution;
import org.springframework.batch.core.step.builder.StepBuilder;
import org.springframework.batch.core.step.builder.TaskletStepBuilder;
import org.springframework.batch.core.step.tasklet.Tasklet;
import org.springframework.batch.infrastructure.item.ItemStream;
import org.springframework.batch.infrastructure.repeat.RepeatStatus;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.task.AsyncTaskExecutor;
import org.springframework.core.task.SimpleAsyncTaskExecutor;
import org.springframework.core.task.support.ContextPropagatingTaskDecorator;
import org.springframework.stereotype.Component;
import org.springframework.transaction.PlatformTransactionManager;

/** Builds jobs and their steps, with what all of them share. */
@Component
public class RunSteps {

  private final JobRepository jobRepository;
  private final PlatformTransactionManager transactionManager;
  private final AsyncTaskExecutor partitionExecutor;
  private final RunProperties properties;
  private final OrderlyStop orderlyStop;
  private final RunLog runLog;
  private final CauseOfFailure causeOfFailure;
  private final RunLock runLock;
  private final Sharing sharing;

  RunSteps(
      JobRepository jobRepository,
      PlatformTransactionManager transactionManager,
      AsyncTaskExecutor partitionExecutor,
      RunProperties properties,
      OrderlyStop orderlyStop,
      RunLog runLog,
      CauseOfFailure causeOfFailure,
      RunLock runLock,
      HeldHistory heldHistory,
      Sharing sharing) {
    this.jobRepository = heldHistory.of(jobRepository);
    this.transactionManager = transactionManager;
    this.partitionExecutor = partitionExecutor;
    this.properties = properties;
    this.orderlyStop = orderlyStop;
    this.runLog = runLog;
    this.causeOfFailure = causeOfFailure;
    this.runLock = runLock;
    this.sharing = sharing;
  }

  /** A job of these steps, one after the other. */
  public Job job(String name, Step first, Step... others) {
    return job(new JobBuilder(name, jobRepository), first, others);
  }

  /** As above; for runs of content that was received. */
  public Job job(String name, RunContent content, Step first, Step... others) {
    return job(new JobBuilder(name, jobRepository).listener(content), first, others);
  }

  private Job job(JobBuilder job, Step first, Step... others) {
    SimpleJobBuilder builder = job.start(first);
    for (Step step : others) {
      builder.next(step);
    }
    // Those who are told last are told first of the end.
    return builder
        .listener(runLock)
        .listener(orderlyStop)
        .listener(runLog)
        .listener(causeOfFailure)
        .build();
  }

  /** What a step does in one go. */
  @FunctionalInterface
  public interface Work {
    void of(StepContribution contribution) throws Exception;
  }

  /** As below, of a step that is one chunk. */
  public Step step(RunStep step, Work work) {
    return step(
        step,
        (contribution, context) -> {
          work.of(contribution);
          return RepeatStatus.FINISHED;
        });
  }

  /**
   * A step that one worker does, or one worker's part of a step that several share. Each of its
   * chunks is done only while this process holds the run.
   */
  public Step step(RunStep step, Tasklet tasklet) {
    TaskletStepBuilder builder =
        new StepBuilder(step.name(), jobRepository)
            .tasklet(
                (contribution, context) -> {
                  StepExecution execution = contribution.getStepExecution();
                  if (!sharing.parts().hold(execution)) {
                    runLock.hold(execution.getJobExecution());
                  }
                  return tasklet.execute(contribution, context);
                },
                transactionManager);
    if (tasklet instanceof ItemStream stream) {
      builder.stream(stream);
    }
    return builder.build();
  }

  /**
   * A step whose parts are done side by side, each by a worker: in this process, or, when it is
   * large and other instances live, by whoever is free.
   *
   * @param size how many rows, or devices, a step's execution has
   */
  public Step partitioned(
      RunStep step, Partitioner parts, Step worker, ToLongFunction<StepExecution> size) {
    sharing.parts().doneBy(step, worker);
    TaskExecutorPartitionHandler here = new TaskExecutorPartitionHandler();
    here.setStep(worker);
    here.setTaskExecutor(partitionExecutor);
    here.setGridSize(properties.workers());
    return new StepBuilder(step.name(), jobRepository)
        .partitioner(step.name(), parts)
        .partitionHandler(
            (splitter, execution) ->
                sharing.isDue(size.applyAsLong(execution))
                    ? sharing.handler().handle(splitter, execution)
                    : here.handle(splitter, execution))
        .build();
  }

  /** What it takes to share a step's parts with other instances. */
  @Component
  record Sharing(
      PartitionProperties properties,
      OtherInstances others,
      SharedParts parts,
      SharedPartitionHandler handler) {

    boolean isDue(long size) {
      return properties.shared(size) && others.anyAlive();
    }
  }

  @Configuration(proxyBeanMethods = false)
  @EnableConfigurationProperties({RunProperties.class, PartitionProperties.class})
  static class Workers {

    /**
     * Where a partitioned step takes its workers' threads from: each step its own, so that a small
     * manifest does not wait for the parts of a giant one.
     */
    @Bean
    @StepScope
    AsyncTaskExecutor partitionExecutor(RunProperties properties) {
      SimpleAsyncTaskExecutor executor = new SimpleAsyncTaskExecutor("partition-");
      executor.setConcurrencyLimit(properties.workers());
      executor.setDaemon(true);
      // Their traces are part of the run's.
      executor.setTaskDecorator(new ContextPropagatingTaskDecorator());
      return executor;
    }
  }
}
