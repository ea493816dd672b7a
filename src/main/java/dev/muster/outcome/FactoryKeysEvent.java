package dev.muster.outcome;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.muster.factory.FactoryKeys;
import dev.muster.factory.FactoryKeysChanged;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** A factory's keys are others, as a CloudEvent 1.0; keys by their fingerprints. */
record FactoryKeysEvent(
    String specversion,
    String id,
    String source,
    String type,
    String subject,
    Instant time,
    String datacontenttype,
    Data data) {

  /** What it says; absent is what is not so. */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Data(String factory, @Nullable FactoryKeys before, FactoryKeys after) {}

  static FactoryKeysEvent of(FactoryKeysChanged changed) {
    return new FactoryKeysEvent(
        "1.0",
        UUID.randomUUID().toString(),
        "/muster",
        "dev.muster.factory.keys-changed",
        changed.factory(),
        changed.at(),
        "application/json",
        new Data(changed.factory(), changed.before(), changed.after()));
  }
}
