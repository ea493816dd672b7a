/**
 * Where Muster keeps its files. Everything it writes lies below one folder, and what is secret
 * there is readable by its owner only.
 */
@NullMarked
package dev.muster.home;

import org.jspecify.annotations.NullMarked;
