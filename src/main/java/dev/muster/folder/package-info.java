/**
 * Manifests that are dropped into a folder: {@code inbox/<factory>/<name>.csv[.gz]} in Muster's
 * home.
 */
@NullMarked
@ApplicationModule(allowedDependencies = {"arrival", "factory", "home"})
package dev.muster.folder;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
