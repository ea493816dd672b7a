/**
 * The device registry: which devices there are, which manifest brought them, and which rows were
 * refused. Loads whole manifests by sorted binary COPY and answers questions about single devices.
 */
@NullMarked
@ApplicationModule(
    allowedDependencies = {
      "access",
      "credential",
      "credential::sas",
      "database",
      "export",
      "home",
      "language",
      "manifest",
      "seen",
      "status"
    })
package dev.muster.registry;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
