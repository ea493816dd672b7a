@NullMarked
package dev.muster.chaos;

import org.jspecify.annotations.NullMarked;
