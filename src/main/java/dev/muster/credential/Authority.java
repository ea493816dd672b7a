package dev.muster.credential;

import java.time.Instant;
import java.util.List;

/** By which credentials for one hub are issued, with one of its two keys. */
public interface Authority {

  String name();

  /** The hub's share of new devices, beside the other hubs' weights. */
  int weight();

  /** See {@link Issuer#columns()}. */
  List<String> columns();

  /**
   * Who issues with this key until then.
   *
   * @throws IllegalStateException when the key is not configured
   */
  Issuer issuer(KeyInUse key, Instant expiresAt);

  /** All authorities of a kind of credential, in the order of the configuration. */
  interface Kind {
    List<? extends Authority> all();
  }
}
