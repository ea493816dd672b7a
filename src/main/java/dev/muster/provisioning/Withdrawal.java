package dev.muster.provisioning;

import dev.muster.bundle.Bundles;
import dev.muster.bundle.Published;
import dev.muster.registry.AcceptedDevices;
import dev.muster.registry.Manifests;
import dev.muster.run.RunLock;
import dev.muster.run.RunWithdrawn;
import dev.muster.store.ReceivedContent;
import dev.muster.store.Spool;
import java.io.IOException;
import java.time.Clock;
import org.springframework.batch.core.job.JobExecution;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.stereotype.Component;

/** Takes back what a run loaded: its rows leave the registry as if they had never been sent. */
@Component
public class Withdrawal {

  private final Manifests manifests;
  private final Spool spool;
  private final ReceivedContent contents;
  private final AcceptedDevices acceptedDevices;
  private final Bundles bundles;
  private final Published published;
  private final Clock clock;
  private final RunLock runLock;
  private final ApplicationEventPublisher events;

  Withdrawal(
      Manifests manifests,
      Spool spool,
      ReceivedContent contents,
      AcceptedDevices acceptedDevices,
      Bundles bundles,
      Published published,
      Clock clock,
      RunLock runLock,
      ApplicationEventPublisher events) {
    this.manifests = manifests;
    this.spool = spool;
    this.contents = contents;
    this.acceptedDevices = acceptedDevices;
    this.bundles = bundles;
    this.published = published;
    this.clock = clock;
    this.runLock = runLock;
    this.events = events;
  }

  /**
   * Withdraws the manifest in a transaction of its own, so that it stays withdrawn when the step
   * that asks for it fails.
   *
   * @return how many devices left the registry
   * @throws IllegalStateException when tokens of it were delivered
   */
  public long withdraw(int manifestId, JobExecution execution) throws IOException {
    return withdraw(manifestId, execution, () -> {});
  }

  /** As above, for an operator: the arrival that it ran for is told, or it would be run again. */
  long withdrawForOperator(int manifestId, JobExecution execution, Runnable alongside)
      throws IOException {
    Long arrival = RunParameters.of(execution).arrival();
    return withdraw(
        manifestId,
        execution,
        () -> {
          if (arrival != null) {
            events.publishEvent(new RunWithdrawn(execution.getId(), arrival));
          }
          alongside.run();
        });
  }

  private long withdraw(int manifestId, JobExecution execution, Runnable alongside)
      throws IOException {
    long devices =
        runLock.<Long>commit(
            execution,
            () -> {
              alongside.run();
              Integer bundle = manifests.get(manifestId).bundle();
              if (bundle != null) {
                bundles.giveUp(bundle, clock.instant());
              }
              return manifests.withdraw(manifestId, clock.instant());
            });
    removeFiles(manifestId, RunParameters.of(execution));
    return devices;
  }

  /**
   * Removes what lies about of a withdrawn manifest; a withdrawal that was killed is so finished.
   */
  void removeFiles(int manifestId, RunParameters run) throws IOException {
    Integer bundle = manifests.get(manifestId).bundle();
    if (bundle != null) {
      published.removeStaged(bundle);
    }
    contents.remove(run.spooledIn(spool));
    acceptedDevices.removeSpooled(spool.devices(manifestId));
  }
}
