@NullMarked
package dev.muster.sftp;

import org.jspecify.annotations.NullMarked;
