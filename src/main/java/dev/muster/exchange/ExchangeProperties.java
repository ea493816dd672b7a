package dev.muster.exchange;

import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import java.time.Duration;
import org.hibernate.validator.constraints.time.DurationMax;
import org.hibernate.validator.constraints.time.DurationMin;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/**
 * How tokens are exchanged.
 *
 * @param interval how long a device waits between two fresh tokens; zero: not at all
 * @param concurrent how many groups of exchanges one instance has under way in the database, and
 *     beside them how many exchanges that have to wait for others who change their device; each
 *     takes a connection of its pool
 * @param together how many exchanges are in a group, at most
 * @param patience how long an exchange waits for its turn, and for lists that change devices
 */
@Validated
@ConfigurationProperties("muster.exchange")
record ExchangeProperties(
    @DefaultValue("1m") @DurationMin @DurationMax(days = 366) Duration interval,
    @DefaultValue("2") @Min(1) @Max(64) int concurrent,
    @DefaultValue("64") @Min(1) @Max(1000) int together,
    @DefaultValue("10s") @DurationMin(millis = 1) @DurationMax(minutes = 5) Duration patience) {}
