/**
 * Where Muster keeps its files. Everything it writes lies below one folder, and what is secret
 * there is readable by its owner only.
 */
@NullMarked
@ApplicationModule(allowedDependencies = {})
package dev.muster.home;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
