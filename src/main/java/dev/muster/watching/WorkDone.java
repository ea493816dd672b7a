package dev.muster.watching;

import dev.muster.arrival.ArrivalEnded;
import dev.muster.provisioning.ManifestDelivered;
import dev.muster.provisioning.ManifestSettled;
import dev.muster.run.RunEnded;
import dev.muster.run.StepProgressed;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
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

  WorkDone(MeterRegistry meters) {
    this.meters = meters;
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
  }

  @TransactionalEventListener(phase = TransactionPhase.AFTER_COMMIT)
  void on(ManifestDelivered manifest) {
    Counter.builder("muster.devices.provisioned")
        .description("Devices whose bundle was delivered")
        .tag("factory", manifest.factory())
        .register(meters)
        .increment((double) manifest.devices());
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
