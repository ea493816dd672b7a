/** The console's pages, thin: what they show and do is the services'. */
@NullMarked
@ApplicationModule(
    allowedDependencies = {
      "access",
      "arrival",
      "audit",
      "bundle",
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
      "upload",
      "watching"
    })
package dev.muster.web;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
