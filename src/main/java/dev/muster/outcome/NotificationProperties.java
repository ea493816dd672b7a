package dev.muster.outcome;

import jakarta.validation.constraints.NotNull;
import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/**
 * How patiently people and programs are notified.
 *
 * @param poll how often is looked whether there is anything to send
 * @param timeout how long a webhook may take to answer
 * @param firstPause after a failure; three times as long after each further one
 * @param longestPause between two attempts
 * @param giveUp how long after it happened nobody is notified by itself any more
 * @param keep how long what was sent, or given up, is shown
 */
@Validated
@ConfigurationProperties("muster.notifications")
record NotificationProperties(
    @DefaultValue("1s") @NotNull Duration poll,
    @DefaultValue("10s") @NotNull Duration timeout,
    @DefaultValue("5s") @NotNull Duration firstPause,
    @DefaultValue("1h") @NotNull Duration longestPause,
    @DefaultValue("3d") @NotNull Duration giveUp,
    @DefaultValue("30d") @NotNull Duration keep) {}
