package dev.muster.arrival;

/**
 * How long an arrival may hold the place in which it is run, and so which places it may have; what
 * is lighter may have them too.
 */
enum Weight {
  /** A revocation list, which waits for nothing else. */
  LIST,
  MANIFEST,
  /** A manifest that is so long that others would wait for it; see {@link NewArrival}. */
  LARGE_MANIFEST;

  static Weight of(ArrivalKind kind, boolean large) {
    return switch (kind) {
      case REVOCATIONS -> LIST;
      case MANIFEST -> large ? LARGE_MANIFEST : MANIFEST;
    };
  }
}
