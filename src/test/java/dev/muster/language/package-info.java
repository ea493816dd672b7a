@NullMarked
package dev.muster.language;

import org.jspecify.annotations.NullMarked;
