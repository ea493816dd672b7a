/** What runs by the clock: the nightly run, and what is done weekly and daily. */
@NullMarked
package dev.muster.schedule;

import org.jspecify.annotations.NullMarked;
