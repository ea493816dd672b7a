package dev.muster.renewal;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.muster.bundle.Purpose;
import dev.muster.bundle.Receipt;
import dev.muster.bundle.ReceiptJson;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is in a renewal's bundle. There is no token in it.
 *
 * @param purpose {@code RENEW}, {@code ROTATE} or {@code REASSIGN}
 * @param devices how many devices have a new token here
 * @param leftOut how many went out of service while it was made, and have none
 * @param warnings what became different while it was made, as sentences; left out when nothing did
 */
public record RenewalReceipt(
    int renewal,
    String factory,
    Purpose purpose,
    long devices,
    long leftOut,
    List<Receipt.Part> parts,
    List<Receipt.HubShare> hubs,
    @JsonInclude(JsonInclude.Include.NON_EMPTY) @Nullable List<String> warnings,
    Instant tokensExpireAt,
    Instant requestedAt,
    Instant completedAt,
    long execution) {

  public RenewalReceipt {
    parts = List.copyOf(parts);
    hubs = List.copyOf(hubs);
    warnings = warnings == null ? List.of() : List.copyOf(warnings);
  }

  /** Reads what {@link #json()} made. */
  public static RenewalReceipt parse(String json) {
    return ReceiptJson.read(json, RenewalReceipt.class);
  }

  /** Itself as JSON, indented; times as ISO 8601 in UTC. */
  public String json() {
    return ReceiptJson.write(this);
  }
}
