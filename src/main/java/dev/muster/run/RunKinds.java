package dev.muster.run;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.springframework.batch.core.job.JobExecution;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.stereotype.Component;

/** All kinds of runs that there are. */
@Component
public class RunKinds {

  private final ObjectProvider<RunKind> kinds;

  RunKinds(ObjectProvider<RunKind> kinds) {
    this.kinds = kinds;
  }

  /** All of them, by the names of their jobs. */
  public List<RunKind> all() {
    return kinds.stream().sorted(Comparator.comparing(RunKind::job)).toList();
  }

  /** The one of a job; empty when there is no such job any more. */
  public Optional<RunKind> find(String job) {
    return kinds.stream().filter(kind -> kind.job().equals(job)).findFirst();
  }

  /** The one of a job. */
  public RunKind of(String job) {
    return find(job)
        .orElseThrow(
            () ->
                new OperationRefusedException(
                    "This Muster knows no job '%s', so nothing can be done with its runs."
                        .formatted(job)));
  }

  RunKind of(JobExecution execution) {
    return of(execution.getJobInstance().getJobName());
  }
}
