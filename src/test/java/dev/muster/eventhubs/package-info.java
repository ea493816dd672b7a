/**
 * Azure Event Hubs on this machine, for tests: the service's own protocol on loopback, spoken to by
 * its own client. Start at {@link dev.muster.eventhubs.EventHubsStandIn}.
 */
@NullMarked
package dev.muster.eventhubs;

import org.jspecify.annotations.NullMarked;
