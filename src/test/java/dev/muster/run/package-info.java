@NullMarked
package dev.muster.run;

import org.jspecify.annotations.NullMarked;
