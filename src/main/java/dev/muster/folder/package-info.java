/**
 * Manifests that are dropped into a folder: {@code inbox/<factory>/<name>.csv[.gz]} in Muster's
 * home.
 */
@NullMarked
package dev.muster.folder;

import org.jspecify.annotations.NullMarked;
