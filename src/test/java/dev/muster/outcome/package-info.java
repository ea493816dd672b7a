@NullMarked
package dev.muster.outcome;

import org.jspecify.annotations.NullMarked;
