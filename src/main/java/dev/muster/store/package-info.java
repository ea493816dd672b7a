/**
 * Content that was received: read once where it comes in, and kept in the spool with all that was
 * found out about it, for whoever works on it later. Builds the paths below the spool and the
 * uploads.
 */
@NullMarked
@ApplicationModule(allowedDependencies = {"home", "manifest"})
package dev.muster.store;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
