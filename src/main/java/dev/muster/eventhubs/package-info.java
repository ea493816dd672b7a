/**
 * Notices of new blobs, which Event Grid sends to an event hub: they bring a manifest to the inbox
 * at once, where the sweep of the blobs would find it within a minute.
 */
@NullMarked
@ApplicationModule(allowedDependencies = {"arrival"})
package dev.muster.eventhubs;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
