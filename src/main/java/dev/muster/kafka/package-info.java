/** Manifests that arrive over Kafka, whole in a message or announced by one. */
@NullMarked
package dev.muster.kafka;

import org.jspecify.annotations.NullMarked;
