package dev.muster.credential;

import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Which hub a new device belongs to, by weighted rendezvous hashing over its GUID: each hub gets
 * its weight's share, and a hub that is added takes devices only for itself.
 *
 * @see <a href="https://en.wikipedia.org/wiki/Rendezvous_hashing#Weighted_rendezvous_hash">Weighted
 *     rendezvous hash</a>
 */
public final class HubAssignment {

  /**
   * 2^-52: 52 random bits and a half become a number between 0 and 1, neither of them included; one
   * bit more would be rounded up to 1, whose logarithm is 0.
   */
  private static final double UNIT = 0x1.0p-52;

  private final Authority[] hubs;
  private final long[] seeds;

  /**
   * @param hubs at least one
   */
  public HubAssignment(List<? extends Authority> hubs) {
    if (hubs.isEmpty()) {
      throw new IllegalArgumentException("There is no hub to assign devices to.");
    }
    this.hubs = hubs.toArray(Authority[]::new);
    this.seeds = hubs.stream().mapToLong(hub -> seed(hub.name())).toArray();
  }

  /** Which of the hubs, in the order they were given. */
  public int indexOf(long guidHigh, long guidLow) {
    int best = 0;
    if (hubs.length == 1) {
      return best;
    }
    double bestScore = -1;
    for (int i = 0; i < hubs.length; i++) {
      long hash = mix(mix(guidHigh ^ seeds[i]) ^ guidLow);
      double unit = ((hash >>> 12) + 0.5) * UNIT;
      double score = -hubs[i].weight() / StrictMath.log(unit);
      if (score > bestScore
          || (score == bestScore && hubs[i].name().compareTo(hubs[best].name()) < 0)) {
        bestScore = score;
        best = i;
      }
    }
    return best;
  }

  /** FNV-1a over the name's bytes, 64 bits. */
  private static long seed(String name) {
    long hash = 0xcbf29ce484222325L;
    for (byte b : name.getBytes(StandardCharsets.UTF_8)) {
      hash = (hash ^ (b & 0xFF)) * 0x100000001b3L;
    }
    return mix(hash);
  }

  /** The finaliser of SplitMix64: every bit of the input changes half of the output's. */
  private static long mix(long value) {
    long z = (value ^ (value >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return z ^ (z >>> 31);
  }
}
