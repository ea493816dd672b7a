/**
 * Tokens over time: new ones before the old ones end, under another key when a hub's key is
 * rotated, for another hub when devices move. {@link dev.muster.renewal.RenewTokensJob} reads top
 * to bottom.
 */
@NullMarked
@ApplicationModule(
    allowedDependencies = {
      "access",
      "bundle",
      "credential",
      "credential::sas",
      "database",
      "delivery",
      "factory",
      "home",
      "manifest",
      "provisioning",
      "registry",
      "run",
      "status",
      "store"
    })
package dev.muster.renewal;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
