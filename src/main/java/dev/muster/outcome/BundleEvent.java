package dev.muster.outcome;

import dev.muster.delivery.BundleBrought;
import java.time.Instant;
import java.util.UUID;

/** A bundle that answers no arrival is where its factory finds it, as a CloudEvent 1.0. */
record BundleEvent(
    String specversion,
    String id,
    String source,
    String type,
    String subject,
    Instant time,
    String datacontenttype,
    Data data) {

  /** What it says. */
  record Data(String factory, String purpose, String name, long devices, String bundle) {}

  static BundleEvent of(BundleBrought delivered) {
    return new BundleEvent(
        "1.0",
        UUID.randomUUID().toString(),
        "/muster",
        "dev.muster.bundle.delivered",
        delivered.factory() + "/" + delivered.bundle(),
        delivered.deliveredAt(),
        "application/json",
        new Data(
            delivered.factory(),
            delivered.purpose(),
            delivered.bundle(),
            delivered.devices(),
            delivered.at().toString()));
  }
}
