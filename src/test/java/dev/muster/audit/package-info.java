@NullMarked
package dev.muster.audit;

import org.jspecify.annotations.NullMarked;
