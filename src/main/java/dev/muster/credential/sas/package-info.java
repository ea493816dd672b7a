/**
 * SAS tokens of Event Hubs, the kind of credential that there is: the hubs' shared access policies
 * and what is signed with them. Keys come from configuration, stay in memory, and are shown
 * nowhere.
 */
@NullMarked
@NamedInterface("sas")
package dev.muster.credential.sas;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.NamedInterface;
