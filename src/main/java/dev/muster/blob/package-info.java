/**
 * Manifests in Azure Blob Storage: found by listing or by notice, read under a lease, and answered
 * in another container of the same account.
 */
@NullMarked
@ApplicationModule(allowedDependencies = {"arrival", "factory", "home"})
package dev.muster.blob;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
