package dev.muster.credential.sas;

import java.util.List;
import java.util.Set;

/** Hubs with sensible defaults. */
public final class TestHubs {

  /** With characters that Base64 has and URLs escape; looks decodable and must not be decoded. */
  public static final String KEY = "bXVzdGVyLXRlc3Qta2V5LW9ubHk/Pz8+Pj4rKysvLy8=";

  private TestHubs() {}

  /**
   * One hub.
   *
   * @param development whether it is the one that development starts with
   */
  public static Hubs one(boolean development) {
    return new Hubs(List.of(hub("north")), development, Set.of());
  }

  public static Hub hub(String name) {
    return hub(name, 1);
  }

  public static Hub hub(String name, int weight) {
    return new Hub(
        name,
        "contoso.servicebus.windows.net",
        "devices",
        "device-send",
        new SharedAccessKey(KEY),
        null,
        weight,
        null);
  }
}
