/**
 * What Muster asks of others over HTTP: an answer that comes to an end, or is given up, and how
 * long another wants to be left alone.
 */
@NullMarked
@ApplicationModule(allowedDependencies = {})
package dev.muster.call;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
