@NullMarked
package dev.muster.folder;

import org.jspecify.annotations.NullMarked;
