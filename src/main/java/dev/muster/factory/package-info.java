/**
 * The factories: who may send manifests, and to whom the bundles of their devices' tokens are
 * encrypted.
 */
@NullMarked
@ApplicationModule(
    allowedDependencies = {"access", "bundle", "credential::sas", "home", "language", "manifest"})
package dev.muster.factory;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
