@NullMarked
package dev.muster.watching;

import org.jspecify.annotations.NullMarked;
