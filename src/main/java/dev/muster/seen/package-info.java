/**
 * When devices gave their first and their last sign of life: here, by an exchange, or at their hub,
 * as whoever takes its messages says. The only module that writes {@code device_seen} and {@code
 * seen_count}.
 */
@NullMarked
@ApplicationModule(allowedDependencies = {"access", "manifest"})
package dev.muster.seen;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
