/**
 * The job {@code apply-revocations}: from a revocation list to devices out of service, or back in
 * it. {@link dev.muster.revocation.ApplyRevocationsJob} reads top to bottom. The hubs are told by
 * module {@code publisher}.
 */
@NullMarked
@ApplicationModule(
    allowedDependencies = {
      "access",
      "bundle",
      "database",
      "export",
      "factory",
      "home",
      "manifest",
      "registry",
      "run",
      "status",
      "store"
    })
package dev.muster.revocation;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
