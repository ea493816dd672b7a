package dev.muster.exchange;

import jakarta.validation.constraints.Min;
import java.time.Duration;
import org.hibernate.validator.constraints.time.DurationMax;
import org.hibernate.validator.constraints.time.DurationMin;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/** How devices get their tokens one by one, from people. */
final class SingleTokenProperties {

  private SingleTokenProperties() {}

  /**
   * @param tokenLifetime how long such a token lives; null: as long as {@code
   *     muster.provisioning.token-lifetime} says
   */
  @Validated
  @ConfigurationProperties("muster.technician")
  record Technician(
      @Nullable @DurationMin(minutes = 1) @DurationMax(days = 36_500) Duration tokenLifetime) {}

  /**
   * How many tokens one account gets; whoever takes an account over should not get many. Counted by
   * each instance for itself.
   *
   * @param times so many {@code within} this time
   */
  @Validated
  @ConfigurationProperties("muster.token-issue")
  record Rate(
      @DefaultValue("60") @Min(1) int times,
      @DefaultValue("15m") @DurationMin(seconds = 1) Duration within) {}
}
