/**
 * The languages that people are spoken to in: the words of pages and mails, and what services say,
 * which they say in English. Below everything that has something to say.
 */
@NullMarked
@ApplicationModule(allowedDependencies = {})
package dev.muster.language;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
