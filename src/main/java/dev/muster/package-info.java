/** Muster: from a factory's manifest to provisioned devices. */
@NullMarked
package dev.muster;

import org.jspecify.annotations.NullMarked;
