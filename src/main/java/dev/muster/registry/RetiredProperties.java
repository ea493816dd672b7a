package dev.muster.registry;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * What becomes of devices that were retired.
 *
 * @param keep how long their data stays
 * @param ids whether another device may have the id afterwards
 */
@ConfigurationProperties("muster.retired")
public record RetiredProperties(
    @DefaultValue("365d") Duration keep, @DefaultValue("BARRED") AfterId ids) {

  /** What becomes of an id. */
  public enum AfterId {
    /** No other device gets it; what is left is the id, and that it is retired. */
    BARRED,
    /** The registry forgets the device; one with its id can come as any other. */
    FREE
  }

  public RetiredProperties {
    if (keep.isNegative()) {
      throw new IllegalArgumentException("muster.retired.keep is negative; give one such as 365d.");
    }
  }
}
