package dev.muster.outcome;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.muster.arrival.ArrivalEnded;
import java.time.Instant;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * How an arrival ended, as a CloudEvent 1.0 in structured mode. No token, and nothing secret.
 *
 * @see <a
 *     href="https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md">JSON
 *     event format for CloudEvents</a>
 */
record OutcomeEvent(
    String specversion,
    String id,
    String source,
    String type,
    String subject,
    Instant time,
    String datacontenttype,
    Data data) {

  /** What it says; absent is what is not known. */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Data(
      String factory,
      String manifest,
      @Nullable String sha256,
      @Nullable Long execution,
      @Nullable Long rows,
      @Nullable Long accepted,
      @Nullable Long rejected,
      Map<String, Long> rejectedByCode,
      @Nullable String bundle,
      @Nullable String problem,
      long arrival,
      String arrivalSource,
      String arrivalSourceId) {}

  static OutcomeEvent of(ArrivalEnded ended) {
    return new OutcomeEvent(
        "1.0",
        UUID.randomUUID().toString(),
        "/muster",
        switch (ended.verdict()) {
          case DONE -> "dev.muster.manifest.provisioned";
          case REFUSED -> "dev.muster.manifest.refused";
          case FAILED -> "dev.muster.manifest.failed";
        },
        ended.factory() + "/" + ended.fileName(),
        ended.endedAt(),
        "application/json",
        new Data(
            ended.factory(),
            ended.fileName(),
            ended.sha256(),
            ended.execution(),
            ended.rows(),
            ended.accepted(),
            ended.rejected(),
            ended.rejectedByCode(),
            ended.bundle(),
            ended.problem(),
            ended.arrival(),
            ended.source(),
            ended.sourceId()));
  }
}
