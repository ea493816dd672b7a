package dev.muster.watching;

import dev.muster.arrival.Answer.Verdict;
import dev.muster.arrival.ArrivalEnded;
import dev.muster.arrival.ArrivalKind;
import dev.muster.arrival.Source;
import dev.muster.manifest.RejectCode;
import dev.muster.provisioning.ManifestDelivered;
import dev.muster.provisioning.ManifestSettled;
import dev.muster.run.RunEnded;
import dev.muster.run.StepProgressed;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.List;
import java.util.Locale;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.context.event.EventListener;
import org.springframework.stereotype.Component;
import org.springframework.transaction.event.TransactionPhase;
import org.springframework.transaction.event.TransactionalEventListener;

/** Counts what this instance does. What other instances and commands do, they count or nobody. */
@Component
@ConditionalOnBooleanProperty("muster.serve")
class WorkDone {

  private final MeterRegistry meters;
  private final List<Source> sources;

  WorkDone(MeterRegistry meters, List<Source> sources) {
    this.meters = meters;
    this.sources = List.copyOf(sources);
  }

  @EventListener
  void on(StepProgressed progress) {
    if (progress.step().counted()) {
      Counter.builder("muster.rows")
          .description("Rows and devices that steps have worked through")
          .tag("step", progress.step().name())
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
  }

  @TransactionalEventListener(phase = TransactionPhase.AFTER_COMMIT)
  void on(ManifestDelivered manifest) {
    provisioned(manifest.factory()).increment((double) manifest.devices());
  }

  @TransactionalEventListener(phase = TransactionPhase.AFTER_COMMIT)
  void on(ArrivalEnded ended) {
    ended(ended.arrival().source(), ended.arrival().kind(), ended.answer().verdict()).increment();
  }
}
