package dev.muster.renewal;

import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * How tokens are renewed.
 *
 * @param within tokens that end within this time are renewed
 * @param tokenLifetime how long the new ones live; null: as {@code
 *     muster.provisioning.token-lifetime}
 */
@ConfigurationProperties("muster.renewal")
public record RenewalProperties(
    @DefaultValue("30d") Duration within, @Nullable Duration tokenLifetime) {

  public RenewalProperties {
    if (within.isNegative()) {
      throw new IllegalArgumentException(
          "muster.renewal.within is negative; give one such as 30d.");
    }
  }
}
