package dev.muster.status;

import java.util.Map;
import java.util.UUID;

/**
 * Devices of a renewal whose new tokens are written down in one transaction: so few that nobody
 * waits long who changes one of them.
 *
 * @param first the lowest of their GUIDs
 * @param last the highest
 */
public record RenewalPage(int renewal, UUID first, UUID last) {

  /** Their rows in SQL, of {@code renewal_device r}; with {@link #parameters}. */
  public static final String ROWS =
      "r.renewal_id = :renewal AND r.device_id BETWEEN :first AND :last";

  public Map<String, Object> parameters() {
    return Map.of("renewal", renewal, "first", first, "last", last);
  }
}
