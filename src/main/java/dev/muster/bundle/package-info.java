/**
 * What a factory gets: its devices' tokens in parts that only it can open (age, X25519), the report
 * of the rows that were refused, and the receipt. Also opens a bundle, for those who have no {@code
 * age} at hand.
 */
@NullMarked
@ApplicationModule(
    allowedDependencies = {
      "access",
      "credential",
      "export",
      "home",
      "manifest",
      "registry",
      "run",
      "store"
    })
package dev.muster.bundle;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
