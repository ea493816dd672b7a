/**
 * Manifests in Azure Blob Storage: found by listing or by notice, read under a lease, and answered
 * in another container of the same account. Also a container as the store of instances that share
 * no disk.
 */
@NullMarked
@ApplicationModule(allowedDependencies = {"arrival", "factory", "home", "store"})
package dev.muster.blob;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
