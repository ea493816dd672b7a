/** Who did what, when and from where. Entries are only ever added. */
@NullMarked
@ApplicationModule(allowedDependencies = {"access", "export"})
package dev.muster.audit;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
