/**
 * Compares Muster with a plain COPY and with the stock Spring Batch recipe, in one run, on one
 * machine, against one database: the only kind of figures that mean anything on shared hardware.
 */
@NullMarked
@ApplicationModule(
    allowedDependencies = {
      "bundle",
      "credential::sas",
      "factory",
      "home",
      "manifest",
      "provisioning",
      "renewal",
      "revocation",
      "run"
    })
package dev.muster.benchmark;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
