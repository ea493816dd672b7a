@NullMarked
package dev.muster.upload;

import org.jspecify.annotations.NullMarked;
