/** Manifests that arrive over Kafka, whole in a message or announced by one. */
@NullMarked
@ApplicationModule(allowedDependencies = {"access", "arrival", "delivery", "factory", "seen"})
package dev.muster.kafka;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
