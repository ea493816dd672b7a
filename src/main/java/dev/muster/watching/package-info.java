/**
 * Watching Muster: metrics for Prometheus, who sees health in detail, and that commands pay for
 * none of it. What says whether a single thing is well stands with that thing.
 */
@NullMarked
@ApplicationModule(
    allowedDependencies = {
      "access",
      "arrival",
      "credential::sas",
      "database",
      "delivery",
      "home",
      "manifest",
      "provisioning",
      "publisher",
      "revocation",
      "run"
    })
package dev.muster.watching;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
