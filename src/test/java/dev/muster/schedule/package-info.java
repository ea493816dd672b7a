@NullMarked
package dev.muster.schedule;

import org.jspecify.annotations.NullMarked;
