package dev.muster.run;

import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/**
 * How runs are done, whatever the job.
 *
 * @param workers how many parts of a step are done side by side
 */
@Validated
@ConfigurationProperties("muster.runs")
record RunProperties(@DefaultValue("2") @Min(1) @Max(64) int workers) {}
