/**
 * A device that holds a valid token gets a fresh one for it over HTTP, which Event Hubs itself does
 * not offer. What it presents is checked as strictly as the hub would; a device that is out of
 * service gets nothing.
 */
@NullMarked
@ApplicationModule(
    allowedDependencies = {
      "access",
      "credential",
      "credential::sas",
      "export",
      "factory",
      "home",
      "http",
      "registry",
      "seen",
      "status"
    })
package dev.muster.exchange;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
