/**
 * Tells the hubs which publishers are revoked and which are not any more, until they have confirmed
 * it, and compares their lists with the registry. The REST API is that of Event Hubs, version
 * 2014-05.
 */
@NullMarked
@ApplicationModule(
    allowedDependencies = {
      "access",
      "call",
      "credential",
      "credential::sas",
      "database",
      "home",
      "run",
      "status"
    })
package dev.muster.publisher;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
