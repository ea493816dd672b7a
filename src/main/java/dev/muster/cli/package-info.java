/**
 * The commands in {@code jobs/}: thin, one class each. They say on standard output what was asked
 * for, on standard error everything else, and in their exit code how it went.
 */
@NullMarked
@ApplicationModule(
    allowedDependencies = {
      "credential",
      "access",
      "arrival",
      "audit",
      "benchmark",
      "bundle",
      "credential::sas",
      "delivery",
      "denylist",
      "exchange",
      "export",
      "factory",
      "finding",
      "home",
      "http",
      "language",
      "manifest",
      "outcome",
      "provisioning",
      "publisher",
      "registry",
      "renewal",
      "revocation",
      "run",
      "schedule",
      "seen",
      "signin",
      "status",
      "store",
      "upload",
      "watching"
    })
package dev.muster.cli;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
