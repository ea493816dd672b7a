package dev.muster.signin;

import dev.muster.access.Caller;

/** Somebody has signed in at the console, with the roles that the identity provider gives now. */
public record SignedIn(Caller caller) {}
