/**
 * The deny list, for gateways and stream processors that must drop the data of a device out of
 * service at once: signed files in the outbox, and a compacted topic. {@link
 * dev.muster.denylist.DenyList} is where to start; docs/deny-list.md is the format.
 */
@NullMarked
package dev.muster.denylist;

import org.jspecify.annotations.NullMarked;
