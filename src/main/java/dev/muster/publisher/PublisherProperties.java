package dev.muster.publisher;

import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import java.time.Duration;
import org.hibernate.validator.constraints.time.DurationMax;
import org.hibernate.validator.constraints.time.DurationMin;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/**
 * How hubs are told about publishers.
 *
 * @param concurrency how many calls are under way at one hub
 * @param callsPerSecond the most calls that one hub gets in a second
 * @param timeout how long a call may take
 * @param firstDelay how long at most until a call that failed is made again; doubles with each
 * @param longestDelay up to this
 * @param refusedDelay how long until a call is made again that the hub calls wrong
 * @param poll how often an instance looks whether something is due
 * @param sslBundle the name of an SSL bundle that says whom to trust; null: as Java does
 */
@Validated
@ConfigurationProperties("muster.publishers")
record PublisherProperties(
    @DefaultValue("32") @Min(1) @Max(1000) int concurrency,
    @DefaultValue("100") @Min(1) @Max(100_000) int callsPerSecond,
    @DefaultValue("60s") @DurationMin(millis = 100) @DurationMax(minutes = 10) Duration timeout,
    @DefaultValue("1s") @DurationMin(millis = 1) @DurationMax(hours = 1) Duration firstDelay,
    @DefaultValue("15m") @DurationMin(millis = 1) @DurationMax(days = 1) Duration longestDelay,
    @DefaultValue("6h") @DurationMin(millis = 1) @DurationMax(days = 30) Duration refusedDelay,
    @DefaultValue("1s") @DurationMin(millis = 10) @DurationMax(hours = 1) Duration poll,
    @Nullable String sslBundle) {}
