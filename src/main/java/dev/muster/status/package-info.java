/**
 * What becomes of devices by themselves: out of service and back, tokens of their own, hubs that
 * they leave, and what hubs are still to be told of it. The only module that writes {@code
 * device_status}, {@code device_change}, {@code former_hub} and {@code hub_standing}.
 */
@NullMarked
@ApplicationModule(allowedDependencies = {"access", "database", "manifest"})
package dev.muster.status;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
