/** What runs by the clock: the nightly run, and what is done weekly and daily. */
@NullMarked
@ApplicationModule(
    allowedDependencies = {
      "access",
      "arrival",
      "bundle",
      "credential::sas",
      "database",
      "denylist",
      "home",
      "publisher",
      "registry",
      "renewal",
      "revocation",
      "run",
      "store",
      "upload"
    })
package dev.muster.schedule;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
