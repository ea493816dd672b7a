/**
 * Who issues what to a device: with which of a hub's keys, as of which change of keys, until when.
 * What a credential is made of is a kind's own, see {@code sas}; everything else knows {@link
 * dev.muster.credential.Issuer} only.
 */
@NullMarked
package dev.muster.credential;

import org.jspecify.annotations.NullMarked;
