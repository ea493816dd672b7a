@NullMarked
package dev.muster.blob;

import org.jspecify.annotations.NullMarked;
