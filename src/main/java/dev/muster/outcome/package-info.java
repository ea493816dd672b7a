/**
 * Tells the world how arrivals ended: one CloudEvent each, to Kafka, to an event hub and to
 * webhooks. What is to be told is written down in the transaction that ends the arrival, and stays
 * there until it is out.
 */
@NullMarked
@ApplicationModule(
    allowedDependencies = {
      "access",
      "arrival",
      "bundle",
      "delivery",
      "factory",
      "kafka",
      "manifest",
      "run"
    })
package dev.muster.outcome;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
