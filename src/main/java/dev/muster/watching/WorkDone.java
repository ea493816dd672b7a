package dev.muster.watching;

import dev.muster.arrival.Answer.Verdict;
import dev.muster.arrival.ArrivalEnded;
import dev.muster.arrival.ArrivalKind;
import dev.muster.arrival.Source;
import dev.muster.manifest.RejectCode;
import dev.muster.provisioning.ManifestSettled;
import dev.muster.provisioning.ProvisionManifestJob;
import dev.muster.provisioning.RunEnded;
import dev.muster.provisioning.StepProgressed;
import dev.muster.registry.Manifests;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.List;
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
  private final List<Source> sources;

  WorkDone(MeterRegistry meters, Manifests manifests, List<Source> sources) {
    this.meters = meters;
    this.sources = List.copyOf(sources);
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
        .forEach((code, rows) -> rejects(settled.factory(), code).increment(rows));
  }

  private Counter rejects(String factory, String code) {
    return Counter.builder("muster.rejects")
        .description("Rows of manifests that were refused")
        .tag("factory", factory)
        .tag("code", code.toLowerCase(Locale.ROOT).replace('_', '-'))
        .register(meters);
  }

  private Counter provisioned(String factory) {
    return Counter.builder("muster.devices.provisioned")
        .description("Devices whose bundle was delivered")
        .tag("factory", factory)
        .register(meters);
  }

  private Counter ended(String source, ArrivalKind kind, Verdict verdict) {
    return Counter.builder("muster.arrivals.ended")
        .description("Arrivals that came to their end")
        .tag("source", source)
        .tag("kind", kind.name().toLowerCase(Locale.ROOT))
        .tag("verdict", verdict.name().toLowerCase(Locale.ROOT))
        .register(meters);
  }

  /**
   * Has the counters of these factories stand at 0 before anything of them is counted, so that
   * their first refused row is an increase.
   */
  void know(List<String> factories) {
    for (String factory : factories) {
      provisioned(factory).increment(0);
      for (RejectCode code : RejectCode.values()) {
        rejects(factory, code.name()).increment(0);
      }
    }
    for (Source source : sources) {
      for (ArrivalKind kind : ArrivalKind.values()) {
        for (Verdict verdict : Verdict.values()) {
          ended(source.name(), kind, verdict).increment(0);
        }
      }
    }
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
      provisioned(factory == null ? NOBODY : factory)
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
    ended(ended.arrival().source(), ended.arrival().kind(), ended.answer().verdict()).increment();
  }
}
