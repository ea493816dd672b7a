/**
 * The inbox: manifests that arrived by themselves, whatever their source. Each is written down
 * before it is acknowledged, waits its turn, is run by one instance at a time, and its sender is
 * answered.
 */
@NullMarked
@ApplicationModule(
    allowedDependencies = {
      "access",
      "database",
      "export",
      "factory",
      "home",
      "manifest",
      "provisioning",
      "registry",
      "revocation",
      "run",
      "store"
    })
package dev.muster.arrival;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
