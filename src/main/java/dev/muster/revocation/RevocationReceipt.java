package dev.muster.revocation;

import dev.muster.bundle.ReceiptJson;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What was made of a revocation list.
 *
 * @param number by which Muster knows it
 * @param factory who sent it; null for an operator
 * @param warnings sentences on what was taken, and looks like a mistake
 * @param changed how many devices' status is another now, by action; with devices behind gateways
 * @param unknown how many devices the registry does not know; they are kept on the list, by action
 * @param unchanged how many entries said what was so already
 * @param waiting how many entries' time has not come
 * @param rejected how many entries can't be applied
 * @param unconfirmed how many devices their hubs had not confirmed when this was written
 * @param leftBehind how many devices in service stand behind gateways that are out of service now;
 *     {@code devices-behind.csv} names them
 */
public record RevocationReceipt(
    String list,
    int number,
    String sha256,
    @Nullable String factory,
    long rows,
    List<String> warnings,
    Map<String, Long> changed,
    Map<String, Long> unknown,
    long unchanged,
    long waiting,
    long rejected,
    Map<String, Long> rejectedByCode,
    long unconfirmed,
    long leftBehind,
    Instant receivedAt,
    Instant completedAt,
    long execution) {

  public RevocationReceipt {
    warnings = List.copyOf(warnings);
  }

  /** Reads what {@link #json()} made. */
  public static RevocationReceipt parse(String json) {
    return ReceiptJson.read(json, RevocationReceipt.class);
  }

  /** Itself as JSON, indented; times as ISO 8601 in UTC. */
  public String json() {
    return ReceiptJson.write(this);
  }
}
