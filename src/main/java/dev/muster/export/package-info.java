/** What lists hold: of which time, and all of it to take away, as a table or as lines of JSON. */
@NullMarked
@ApplicationModule(allowedDependencies = {})
package dev.muster.export;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
