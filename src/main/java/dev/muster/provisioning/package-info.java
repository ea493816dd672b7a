/**
 * The job {@code provision-manifest}: from a factory's manifest to devices in the registry and a
 * bundle of tokens that only the factory can open. {@link
 * dev.muster.provisioning.ProvisionManifestJob} reads top to bottom.
 */
@NullMarked
@ApplicationModule(
    allowedDependencies = {
      "access",
      "bundle",
      "credential",
      "credential::sas",
      "export",
      "factory",
      "home",
      "manifest",
      "registry",
      "run",
      "store"
    })
package dev.muster.provisioning;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
