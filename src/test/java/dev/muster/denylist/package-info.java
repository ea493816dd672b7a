@NullMarked
package dev.muster.denylist;

import org.jspecify.annotations.NullMarked;
