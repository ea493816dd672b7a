/**
 * Who is at the console and at the REST API: sign-in by OpenID Connect with organisational
 * accounts, bearer tokens, and with the profile {@code dev} an identity provider of its own. What
 * an account may do is {@code access}'s.
 */
@NullMarked
@ApplicationModule(allowedDependencies = {"access", "factory", "home", "http"})
package dev.muster.signin;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
