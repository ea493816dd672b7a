package dev.muster.watching;

import dev.muster.arrival.ArrivalEnded;
import dev.muster.provisioning.ManifestSettled;
import dev.muster.provisioning.ProvisionManifestJob;
import dev.muster.provisioning.RunEnded;
import dev.muster.provisioning.StepProgressed;
import dev.muster.registry.Manifests;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.batch.core.BatchStatus;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.context.event.EventListener;
import org.springframework.stereotype.Component;
import org.springframework.transaction.event.TransactionPhase;
import org.springframework.transaction.event.TransactionalEventListener;

/** Counts what this instance does. What other instances and commands do, they count or nobody. */
@Component
@ConditionalOnBooleanProperty("muster.serve")
class WorkDone {

  private static final Set<String> COUNTED_IN_ROWS =
      Set.of(ProvisionManifestJob.LOAD, ProvisionManifestJob.ISSUE, "apply");

  private static final String NOBODY = "none";

  private final MeterRegistry meters;
  private final Manifests manifests;

  WorkDone(MeterRegistry meters, Manifests manifests) {
    this.meters = meters;
    this.manifests = manifests;
  }

  @EventListener
  void on(StepProgressed progress) {
    if (COUNTED_IN_ROWS.contains(progress.step())) {
      Counter.builder("muster.rows")
          .description("Rows and devices that steps have worked through")
          .tag("step", progress.step())
          .register(meters)
          .increment((double) progress.more());
    }
  }

  @EventListener
  void on(ManifestSettled settled) {
    settled
        .rejectsByCode()
        .forEach(
            (code, rows) ->
                Counter.builder("muster.rejects")
                    .description("Rows of manifests that were refused")
                    .tag("factory", settled.factory())
                    .tag("code", code.toLowerCase(Locale.ROOT).replace('_', '-'))
                    .register(meters)
                    .increment(rows));
  }

  @EventListener
  void on(RunEnded run) {
    Timer.builder("muster.runs")
        .description("How long runs of jobs took")
        .tag("job", run.job())
        .tag("status", run.status().name().toLowerCase(Locale.ROOT))
        .register(meters)
        .record(run.duration());
    String factory = run.factory();
    if (run.status() == BatchStatus.COMPLETED && run.job().equals(ProvisionManifestJob.JOB)) {
      Counter.builder("muster.devices.provisioned")
          .description("Devices whose bundle was delivered")
          .tag("factory", factory == null ? NOBODY : factory)
          .register(meters)
          .increment((double) devices(factory, run.sha256()));
    }
  }

  private long devices(@Nullable String factory, @Nullable String sha256) {
    return factory == null || sha256 == null
        ? 0
        : manifests
            .find(factory, sha256)
            .map(manifest -> manifests.devicesByHub(manifest.id()))
            .map(byHub -> byHub.values().stream().mapToLong(Long::longValue).sum())
            .orElse(0L);
  }

  @TransactionalEventListener(phase = TransactionPhase.AFTER_COMMIT)
  void on(ArrivalEnded ended) {
    Counter.builder("muster.arrivals.ended")
        .description("Arrivals that came to their end")
        .tag("source", ended.arrival().source())
        .tag("kind", ended.arrival().kind().name().toLowerCase(Locale.ROOT))
        .tag("verdict", ended.answer().verdict().name().toLowerCase(Locale.ROOT))
        .register(meters)
        .increment();
  }
}
