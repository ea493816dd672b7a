/**
 * Revoked publishers, tested against the service's REST interface on this machine. Start at {@link
 * dev.muster.publisher.HubHttpStandIn}.
 */
@NullMarked
package dev.muster.publisher;

import org.jspecify.annotations.NullMarked;
