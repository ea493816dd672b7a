@NullMarked
package dev.muster.status;

import org.jspecify.annotations.NullMarked;
