package dev.muster.registry;

import dev.muster.credential.HubNumbers;
import java.util.Arrays;

/**
 * The devices of a part of a bundle, in its order: 18 bytes each, so that they fit in memory
 * whatever the devices' other fields hold.
 */
public final class DeviceRange {

  private static final int FIRST_CAPACITY = 1 << 14;

  private long[] guids = new long[FIRST_CAPACITY * 2];
  private short[] hubs = new short[FIRST_CAPACITY];
  private int size;

  /** Adds a device behind the others, with the number of its hub. */
  public void add(long guidHigh, long guidLow, short hub) {
    if (size == hubs.length) {
      guids = Arrays.copyOf(guids, size * 4);
      hubs = Arrays.copyOf(hubs, size * 2);
    }
    guids[size * 2] = guidHigh;
    guids[size * 2 + 1] = guidLow;
    hubs[size] = hub;
    size++;
  }

  public int size() {
    return size;
  }

  /** The first half of the GUID of the device at a place in the order. */
  public long guidHigh(int place) {
    return guids[place * 2];
  }

  /** The second half. */
  public long guidLow(int place) {
    return guids[place * 2 + 1];
  }

  /** The number of its hub, see {@link HubNumbers}. */
  public short hub(int place) {
    return hubs[place];
  }
}
