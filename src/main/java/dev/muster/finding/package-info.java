/** Finds whatever somebody has the name, number or id of, without saying what it is. */
@NullMarked
@ApplicationModule(
    allowedDependencies = {
      "access",
      "arrival",
      "delivery",
      "export",
      "factory",
      "manifest",
      "provisioning",
      "registry",
      "revocation",
      "run"
    })
package dev.muster.finding;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
