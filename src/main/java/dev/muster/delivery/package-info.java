/**
 * How bundles reach their factories, whatever they are for: brought to where each last sent, found
 * and fetched here, confirmed. A row a bundle is written with the bundle, and tried until it is
 * there.
 */
@NullMarked
@ApplicationModule(
    allowedDependencies = {"access", "arrival", "bundle", "factory", "home", "store"})
package dev.muster.delivery;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
