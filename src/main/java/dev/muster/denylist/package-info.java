/**
 * The deny list, for gateways and stream processors that must drop the data of a device out of
 * service at once: signed files in the outbox, and a compacted topic. {@link
 * dev.muster.denylist.DenyList} is where to start; docs/deny-list.md is the format.
 */
@NullMarked
@ApplicationModule(allowedDependencies = {"access", "database", "home", "kafka", "run", "status"})
package dev.muster.denylist;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
