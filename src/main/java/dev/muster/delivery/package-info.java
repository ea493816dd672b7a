/**
 * Brings the bundles that answer no arrival to their factories: where each last sent. A row a
 * bundle is written with the bundle, and tried until it is there.
 */
@NullMarked
package dev.muster.delivery;

import org.jspecify.annotations.NullMarked;
