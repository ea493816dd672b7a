/**
 * Runs of jobs, whatever the job: who may work on one, how it is started, continued, stopped and
 * given up, and what its history says. What one job is, its own module says with a {@link
 * dev.muster.run.RunKind}.
 */
@NullMarked
@ApplicationModule(
    allowedDependencies = {
      "access",
      "audit",
      "database",
      "export",
      "home",
      "language",
      "manifest",
      "store"
    })
package dev.muster.run;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
