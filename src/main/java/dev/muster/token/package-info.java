/**
 * Shared access policies of the hubs, the SAS tokens signed with them, and which hub a device
 * belongs to. Keys come from configuration, stay in memory, and are shown nowhere.
 */
@NullMarked
package dev.muster.token;

import org.jspecify.annotations.NullMarked;
