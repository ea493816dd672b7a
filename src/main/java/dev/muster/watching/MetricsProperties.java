package dev.muster.watching;

import java.time.Duration;
import org.hibernate.validator.constraints.time.DurationMax;
import org.hibernate.validator.constraints.time.DurationMin;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/**
 * How fresh the figures are that come from the database, whoever asks for them and how often.
 *
 * @param refresh how often most are looked up
 * @param refreshTokens how often it is looked up when tokens end, which takes longer
 */
@Validated
@ConfigurationProperties("muster.metrics")
record MetricsProperties(
    @DefaultValue("15s") @DurationMin(millis = 100) @DurationMax(hours = 1) Duration refresh,
    @DefaultValue("15m") @DurationMin(millis = 100) @DurationMax(days = 1)
        Duration refreshTokens) {}
