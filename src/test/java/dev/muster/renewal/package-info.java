@NullMarked
package dev.muster.renewal;

import org.jspecify.annotations.NullMarked;
