package dev.muster.watching;

import io.micrometer.common.KeyValue;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationFilter;
import java.util.Map;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.stereotype.Component;

/** In traces, runs and their steps are called what they are called elsewhere. */
@Component
@ConditionalOnBooleanProperty("muster.serve")
final class SpanNames implements ObservationFilter {

  private static final Map<String, String> NAMED_BY =
      Map.of(
          "spring.batch.job", "spring.batch.job.name",
          "spring.batch.step", "spring.batch.step.name");

  @Override
  public Observation.Context map(Observation.Context context) {
    String key = NAMED_BY.get(String.valueOf(context.getName()));
    KeyValue name = key == null ? null : context.getLowCardinalityKeyValue(key);
    if (name != null) {
      context.setContextualName(name.getValue());
    }
    return context;
  }
}
