/** Who did what, when and from where. Entries are only ever added. */
@NullMarked
package dev.muster.audit;

import org.jspecify.annotations.NullMarked;
