@NullMarked
package dev.muster.call;

import org.jspecify.annotations.NullMarked;
