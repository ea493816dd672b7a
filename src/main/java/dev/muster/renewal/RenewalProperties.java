package dev.muster.renewal;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * How tokens are renewed.
 *
 * @param within tokens that end within this time are renewed
 */
@ConfigurationProperties("muster.renewal")
public record RenewalProperties(@DefaultValue("30d") Duration within) {

  public RenewalProperties {
    if (within.isNegative()) {
      throw new IllegalArgumentException(
          "muster.renewal.within is negative; give one such as 30d.");
    }
  }
}
