package dev.muster.seen;

import java.time.Duration;
import org.hibernate.validator.constraints.time.DurationMax;
import org.hibernate.validator.constraints.time.DurationMin;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/**
 * How signs of life are written down.
 *
 * @param resolution a later one is written when it is so much later than the last; exchanges always
 *     are
 */
@Validated
@ConfigurationProperties("muster.seen")
record SeenProperties(
    @DefaultValue("1m") @DurationMin @DurationMax(days = 7) Duration resolution) {}
