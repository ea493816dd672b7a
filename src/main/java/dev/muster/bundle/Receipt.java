package dev.muster.bundle;

import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What was made of a manifest. There is no token in it.
 *
 * @param sha256 of its content, unpacked
 * @param leftOut how many of the accepted have no token here, since they were out of service when
 *     their part was made: the parts hold as many tokens as are accepted and not left out
 * @param unchanged how many rows were in the registry already, from the same factory and with the
 *     same values; they have their tokens
 * @param updated how many devices that were there already were changed; they keep their tokens
 * @param rejectedByCode how many rows were refused, by code, in the codes' order
 * @param blankRows how many lines had nothing in any field, and were no rows
 * @param attributes the columns that Muster does not know, and kept as attributes
 * @param warnings sentences on what was taken, and looks like a mistake
 */
public record Receipt(
    String manifest,
    String sha256,
    String factory,
    long rows,
    long accepted,
    long leftOut,
    long unchanged,
    long updated,
    long rejected,
    Map<String, Long> rejectedByCode,
    long blankRows,
    List<String> attributes,
    List<String> warnings,
    List<Part> parts,
    List<HubShare> hubs,
    Instant tokensExpireAt,
    Instant startedAt,
    Instant completedAt,
    long execution) {

  /** An encrypted part; {@code sha256} and {@code bytes} are those of the encrypted file. */
  public record Part(String name, String sha256, long bytes, long devices) {}

  /** How many of the devices belong to a hub, and by which policy's key their tokens are signed. */
  public record HubShare(
      String name, String namespace, String eventHub, String keyName, long devices) {}

  public Receipt {
    rejectedByCode = Collections.unmodifiableMap(new TreeMap<>(rejectedByCode));
    attributes = List.copyOf(attributes);
    warnings = List.copyOf(warnings);
    parts = List.copyOf(parts);
    hubs = List.copyOf(hubs);
  }

  /** Reads what {@link #json()} made. */
  public static Receipt parse(String json) {
    return ReceiptJson.read(json, Receipt.class);
  }

  /** Itself as JSON, indented; times as ISO 8601 in UTC. */
  public String json() {
    return ReceiptJson.write(this);
  }
}
