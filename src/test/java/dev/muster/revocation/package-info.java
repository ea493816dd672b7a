@NullMarked
package dev.muster.revocation;

import org.jspecify.annotations.NullMarked;
