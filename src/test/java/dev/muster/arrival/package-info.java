@NullMarked
package dev.muster.arrival;

import org.jspecify.annotations.NullMarked;
