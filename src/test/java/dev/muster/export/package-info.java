@NullMarked
package dev.muster.export;

import org.jspecify.annotations.NullMarked;
