package dev.muster.exchange;

import jakarta.validation.constraints.Min;
import java.time.Duration;
import org.hibernate.validator.constraints.time.DurationMin;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/**
 * How many tokens one account gets; whoever takes an account over should not get many. Counted by
 * each instance for itself.
 *
 * @param times so many {@code within} this time
 */
@Validated
@ConfigurationProperties("muster.token-issue")
record TokenRate(
    @DefaultValue("60") @Min(1) int times,
    @DefaultValue("15m") @DurationMin(seconds = 1) Duration within) {}
