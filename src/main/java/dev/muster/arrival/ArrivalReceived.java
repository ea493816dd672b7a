package dev.muster.arrival;

/** An arrival was written down; its turn may come at once. */
record ArrivalReceived(long id) {}
