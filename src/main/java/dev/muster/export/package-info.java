/** What lists hold, to take away: all of it, as a table or as lines of JSON. */
@NullMarked
@ApplicationModule(allowedDependencies = {})
package dev.muster.export;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
