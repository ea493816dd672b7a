/**
 * Manifests and revocation lists that are put down on an SFTP server, in the folders that the
 * watched folder has. Their answers lie beside them there, and their bundles in its outbox.
 */
@NullMarked
@ApplicationModule(allowedDependencies = {"arrival", "factory", "home", "store"})
package dev.muster.sftp;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
