/**
 * What all of the service's HTTP endpoints have in common: errors as problem details (RFC 9457),
 * also where no endpoint has been reached yet. The server itself is Spring Boot's, and runs only in
 * {@code jobs/serve}.
 */
@NullMarked
@ApplicationModule(allowedDependencies = {"export", "home"})
package dev.muster.http;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
