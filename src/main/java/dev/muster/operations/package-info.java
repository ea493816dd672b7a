/**
 * What an operator does with runs: start, look, stop, restart, abandon, withdraw. A run's owner is
 * known by an advisory lock in the database, which ends with its process, so a run whose process
 * was killed is recognised at once.
 */
@NullMarked
package dev.muster.operations;

import org.jspecify.annotations.NullMarked;
