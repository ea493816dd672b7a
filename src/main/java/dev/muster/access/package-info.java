/**
 * Who may do what. Permissions are declared on the services, with {@link Requires}; every way in
 * (pages, REST, commands, messages) says who is calling, with {@link Callers}, and meets the same
 * ones. What is not permitted is denied.
 */
@NullMarked
@ApplicationModule(allowedDependencies = {})
package dev.muster.access;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
