package dev.muster.credential.sas;

import dev.muster.credential.Authority;
import dev.muster.credential.KeyInUse;
import java.time.Instant;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * An Event Hub that devices send to, and the shared access policy that their tokens are signed
 * with.
 *
 * @param namespace the full host name, such as {@code contoso.servicebus.windows.net}
 * @param weight its share of new devices, beside the other hubs' weights: 1 to 1,000
 * @param management how Muster may manage the hub; null: it may not
 */
public record Hub(
    String name,
    String namespace,
    String eventHub,
    String keyName,
    SharedAccessKey primaryKey,
    @Nullable SharedAccessKey secondaryKey,
    int weight,
    @Nullable HubManagement management)
    implements Authority {

  private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9-]{0,63}");
  private static final Pattern HOST =
      Pattern.compile(
          "(?i)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*(:\\d{1,5})?");

  /**
   * Letters, digits, full stops, hyphens and underscores; begins and ends with a letter or digit.
   */
  static final Pattern ENTITY = Pattern.compile("[A-Za-z0-9]([A-Za-z0-9._-]{0,254}[A-Za-z0-9])?");

  private static final int MAX_WEIGHT = 1000;

  public Hub {
    check(NAME, name, "name", "lower-case letters, digits and hyphens");
    check(HOST, namespace, "namespace", "a full host name, such as contoso.servicebus.windows.net");
    check(ENTITY, eventHub, "event-hub", "letters, digits, full stops, hyphens and underscores");
    check(ENTITY, keyName, "key-name", "letters, digits, full stops, hyphens and underscores");
    if (weight < 1 || weight > MAX_WEIGHT) {
      throw new IllegalArgumentException(
          "The weight of hub '%s' is %d; it must be from 1 to %d."
              .formatted(name, weight, MAX_WEIGHT));
    }
  }

  /**
   * One of its two keys.
   *
   * @throws IllegalStateException when it is the secondary one and none is configured
   */
  public SharedAccessKey key(KeyInUse which) {
    if (which == KeyInUse.PRIMARY) {
      return primaryKey;
    }
    if (secondaryKey == null) {
      throw new IllegalStateException(
          "Hub '%s' signs with its secondary key, but has none. Configure its secondary-key under muster.hubs."
              .formatted(name));
    }
    return secondaryKey;
  }

  @Override
  public List<String> columns() {
    return DeviceTokens.COLUMNS;
  }

  @Override
  public DeviceTokens issuer(KeyInUse key, Instant expiresAt) {
    return new DeviceTokens(this, key(key), expiresAt);
  }

  static void check(Pattern pattern, String value, String property, String rule) {
    if (!pattern.matcher(value).matches()) {
      throw new IllegalArgumentException(
          "muster.hubs: the %s '%s' can't be used; it must be %s."
              .formatted(property, value, rule));
    }
  }
}
