package dev.muster.provisioning;

import dev.muster.access.Audited;
import dev.muster.access.Caller;
import dev.muster.access.Callers;
import dev.muster.access.Guarded;
import dev.muster.access.Permission;
import dev.muster.access.RefusedException;
import dev.muster.access.Requires;
import dev.muster.run.RunControl;
import dev.muster.run.RunOutcome;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.batch.core.job.JobExecution;
import org.springframework.batch.core.repository.JobRepository;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.stereotype.Component;

/** What whoever sent a manifest can do about it, without an operator. */
@Guarded
@Component
public class OwnManifests {

  private final SentManifests manifests;
  private final RunControl runs;
  private final JobRepository jobRepository;
  private final ApplicationEventPublisher events;

  OwnManifests(
      SentManifests manifests,
      RunControl runs,
      JobRepository jobRepository,
      ApplicationEventPublisher events) {
    this.manifests = manifests;
    this.runs = runs;
    this.jobRepository = jobRepository;
    this.events = events;
  }

  /**
   * Whether the caller can withdraw a manifest: its run failed because too many rows were refused,
   * so no token of it exists.
   */
  @Requires(value = Permission.MANIFEST_SEND, readOnly = true)
  public boolean withdrawable(int id) {
    return overItsLimit(id).isPresent();
  }

  /**
   * Takes back what a run loaded that failed over its limit.
   *
   * @return how many devices left the registry
   */
  @Requires(value = Permission.MANIFEST_SEND, audit = "manifest.withdraw", slow = true)
  public long withdraw(@Audited("manifest") int id) throws Exception {
    JobExecution execution =
        overItsLimit(id)
            .orElseThrow(
                () ->
                    new RefusedException(
                        "Manifest %d can't be withdrawn by who sent it: that is for manifests of which too many rows were refused. For others, ask the operator."
                            .formatted(id)));
    Long arrival = RunParameters.of(execution).arrival();
    return Callers.call(
        Caller.muster("withdrawal by " + Callers.current().name()),
        () ->
            runs.withdraw(
                execution.getId(),
                () -> {
                  if (arrival != null) {
                    events.publishEvent(new ManifestTakenBack(arrival));
                  }
                }));
  }

  private Optional<JobExecution> overItsLimit(int id) {
    return manifests
        .line(id)
        .filter(line -> line.state() == SentManifest.State.FAILED && line.execution() != null)
        .filter(line -> Callers.current().sees(Permission.MANIFEST_SEND, line.factory()))
        .map(line -> execution(Objects.requireNonNull(line.execution())))
        .filter(last -> last.getExitStatus().getExitCode().equals(RunOutcome.TOO_MANY_REJECTS));
  }

  private @Nullable JobExecution execution(long id) {
    return jobRepository.getJobExecution(id);
  }
}
