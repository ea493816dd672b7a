/**
 * Tells the world how arrivals ended, what became of bundles, and what the nightly run came to: one
 * CloudEvent each, to Kafka, to an event hub and to webhooks, and a mail to people who chose it.
 * What is to be told is written down in the transaction in which it happened, and stays there until
 * it is out.
 */
@NullMarked
@ApplicationModule(
    allowedDependencies = {
      "access",
      "arrival",
      "bundle",
      "call",
      "delivery",
      "factory",
      "home",
      "kafka",
      "language",
      "manifest",
      "renewal",
      "revocation",
      "run",
      "schedule",
      "signin"
    })
package dev.muster.outcome;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
