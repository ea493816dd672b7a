@NullMarked
package dev.muster.kafka;

import org.jspecify.annotations.NullMarked;
