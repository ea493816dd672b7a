package dev.muster.run;

import dev.muster.store.Content;
import dev.muster.store.ReceivedContent;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.springframework.batch.core.BatchStatus;
import org.springframework.batch.core.job.JobExecution;
import org.springframework.batch.core.job.parameters.JobParameters;
import org.springframework.batch.core.listener.JobExecutionListener;

/**
 * Gives a run the content that was received for it, here or by another instance, before it begins
 * or goes on, and takes that away once no restart can need it. Content that was lost meanwhile is
 * there again when it is sent again.
 */
public final class RunContent implements JobExecutionListener {

  private static final Set<String> OVER = Set.of(RunOutcome.REFUSED, RunOutcome.WITHDRAWN);

  private final ReceivedContent contents;
  private final Function<JobExecution, Path> place;

  /**
   * @param place where the run's content lies
   */
  public RunContent(ReceivedContent contents, Function<JobExecution, Path> place) {
    this.contents = contents;
    this.place = place;
  }

  /** Where a run's content was received; null: it lies in the spool already. */
  public static @Nullable Path received(JobParameters parameters) {
    String content = parameters.getString(RunKind.CONTENT);
    return content == null ? null : Path.of(content);
  }

  @Override
  public void beforeJob(JobExecution execution) {
    Path received = received(execution.getJobParameters());
    try {
      if (received != null) {
        Optional<Content> content = contents.find(received);
        if (content.isPresent()) {
          contents.keep(content.get(), place.apply(execution));
        }
      }
      contents.bring(place.apply(execution));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void afterJob(JobExecution execution) {
    if (isOver(execution)) {
      try {
        contents.remove(place.apply(execution));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /** Whether no restart can need the content of a run that came to this. */
  static boolean isOver(JobExecution last) {
    return last.getStatus() == BatchStatus.COMPLETED
        || last.getStatus() == BatchStatus.ABANDONED
        || OVER.contains(last.getExitStatus().getExitCode());
  }
}
