/**
 * The REST API: everything the console does, for programs. Thin: who may do what is declared on the
 * services. Described by {@code /api/openapi.json}; {@code docs/api.md} says how to use it.
 */
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
package dev.muster.api;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
