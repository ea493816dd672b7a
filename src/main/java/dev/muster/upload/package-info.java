/**
 * Manifests and revocation lists that are sent over HTTP: at once, or after a look at what would
 * become of them. Either way they become arrivals of the source {@code upload}.
 */
@NullMarked
@ApplicationModule(
    allowedDependencies = {
      "access",
      "arrival",
      "bundle",
      "export",
      "factory",
      "home",
      "manifest",
      "provisioning",
      "registry",
      "renewal",
      "revocation",
      "run",
      "status",
      "store"
    })
package dev.muster.upload;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
