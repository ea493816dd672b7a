/**
 * What a factory sends: a CSV manifest, its columns and rows, and the verdict on each row. Pure
 * functions of bytes; no database and no framework in here.
 */
@NullMarked
@ApplicationModule(allowedDependencies = {"home"})
package dev.muster.manifest;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
