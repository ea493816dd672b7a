package dev.muster.outcome;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.muster.factory.FactoryKeys;
import dev.muster.factory.FactoryKeysChanged;
import org.jspecify.annotations.Nullable;

/** A factory's keys are others; keys by their fingerprints. Absent is what is not so. */
@JsonInclude(JsonInclude.Include.NON_NULL)
record FactoryKeysEvent(String factory, @Nullable FactoryKeys before, FactoryKeys after) {

  static CloudEvent<FactoryKeysEvent> of(FactoryKeysChanged changed) {
    return CloudEvent.of(
        "dev.muster.factory.keys-changed",
        changed.factory(),
        changed.at(),
        new FactoryKeysEvent(changed.factory(), changed.before(), changed.after()));
  }
}
