@NullMarked
package dev.muster.exchange;

import org.jspecify.annotations.NullMarked;
