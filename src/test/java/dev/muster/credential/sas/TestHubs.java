package dev.muster.credential.sas;

/** Hubs with sensible defaults. */
public final class TestHubs {

  /** With characters that Base64 has and URLs escape; looks decodable and must not be decoded. */
  public static final String KEY = "bXVzdGVyLXRlc3Qta2V5LW9ubHk/Pz8+Pj4rKysvLy8=";

  private TestHubs() {}

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
        weight);
  }
}
