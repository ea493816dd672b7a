package dev.muster.outcome;

import java.time.Instant;
import java.util.UUID;

/**
 * What is told, as a CloudEvent 1.0 in structured mode. No token, and nothing secret.
 *
 * @param data what it says
 * @see <a
 *     href="https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md">JSON
 *     event format for CloudEvents</a>
 */
record CloudEvent<T>(
    String specversion,
    String id,
    String source,
    String type,
    String subject,
    Instant time,
    String datacontenttype,
    T data) {

  /** A new event, with an id of its own. */
  static <T> CloudEvent<T> of(String type, String subject, Instant time, T data) {
    return new CloudEvent<>(
        "1.0",
        UUID.randomUUID().toString(),
        "/muster",
        type,
        subject,
        time,
        "application/json",
        data);
  }

  /** The same event, to whom it says this. */
  CloudEvent<T> saying(T other) {
    return new CloudEvent<>(specversion, id, source, type, subject, time, datacontenttype, other);
  }
}
