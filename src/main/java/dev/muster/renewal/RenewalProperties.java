package dev.muster.renewal;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * How tokens are renewed.
 *
 * @param within tokens that end within this time are renewed
 * @param warnWithin tokens that end within this time, and that no renewal is on its way for, are
 *     told of
 */
@ConfigurationProperties("muster.renewal")
public record RenewalProperties(
    @DefaultValue("30d") Duration within, @DefaultValue("14d") Duration warnWithin) {

  public RenewalProperties {
    if (within.isNegative()) {
      throw new IllegalArgumentException(
          "muster.renewal.within is negative; give one such as 30d.");
    }
    if (warnWithin.isNegative()) {
      throw new IllegalArgumentException(
          "muster.renewal.warn-within is negative; give one such as 14d.");
    }
  }
}
