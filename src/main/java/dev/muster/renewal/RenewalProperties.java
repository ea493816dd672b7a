package dev.muster.renewal;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * How tokens are renewed.
 *
 * @param within tokens that end within this time are renewed, see {@link #within(Duration)}
 * @param warnWithin tokens that end within this time, and that no renewal is on its way for, are
 *     told of
 */
@ConfigurationProperties("muster.renewal")
public record RenewalProperties(
    @DefaultValue("30d") Duration within, @DefaultValue("14d") Duration warnWithin) {

  /** Of a lifetime, the part that is left when a token is renewed, at the latest. */
  private static final int SHARE_LEFT = 3;

  /** However short they live: the nightly renewal may fail once. */
  private static final Duration SHORTEST = Duration.ofDays(2);

  /** However long anything lives. */
  private static final Duration LONGEST = Duration.ofDays(36_600);

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

  /** Whether somebody may ask for tokens that end within this time. */
  public static boolean isWithin(Duration time) {
    return !time.isNegative() && time.compareTo(LONGEST) <= 0;
  }

  /**
   * How long before their end tokens are renewed: of those that live no longer than {@link
   * #within}, all would be renewed each night.
   *
   * @param lifetime how long the new ones live
   */
  Duration within(Duration lifetime) {
    Duration left = lifetime.dividedBy(SHARE_LEFT);
    return earlier(within, left.compareTo(SHORTEST) < 0 ? SHORTEST : left);
  }

  /**
   * The same of when it is said that nothing renews them: not before a night has passed in which
   * they ought to have been.
   */
  Duration warnWithin(Duration lifetime) {
    Duration renewed = within(lifetime);
    return renewed.equals(within) ? warnWithin : earlier(warnWithin, renewed.minusDays(1));
  }

  private static Duration earlier(Duration one, Duration other) {
    return one.compareTo(other) < 0 ? one : other;
  }
}
