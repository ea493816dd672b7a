/**
 * The commands in {@code jobs/}: thin, one class each. They say on standard output what was asked
 * for, on standard error everything else, and in their exit code how it went.
 */
@NullMarked
package dev.muster.cli;

import org.jspecify.annotations.NullMarked;
