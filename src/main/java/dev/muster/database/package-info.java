/**
 * The embedded PostgreSQL: a real server with its files below Muster's home, started by the first
 * process that needs it and stopped by the last. With {@code spring.datasource.url} set, another
 * server is used and no process of ours runs. Whichever it is, it is looked at before it is used.
 */
@NullMarked
package dev.muster.database;

import org.jspecify.annotations.NullMarked;
