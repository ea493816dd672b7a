/**
 * The factories: who may send manifests, and to whom the bundles of their devices' tokens are
 * encrypted.
 */
@NullMarked
package dev.muster.factory;

import org.jspecify.annotations.NullMarked;
