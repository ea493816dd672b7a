package dev.muster.run;

import jakarta.validation.constraints.Min;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/**
 * How partitions of a step are shared among instances.
 *
 * @param remoteFrom steps with more rows, or devices, are shared with all other living instances;
 *     those with as many or less stay in the process that runs them
 */
@Validated
@ConfigurationProperties("muster.partitions")
public record PartitionProperties(@DefaultValue("500000") @Min(0) long remoteFrom) {

  /** Whether a step with so many rows is worth sharing. */
  public boolean shared(long rows) {
    return rows > remoteFrom;
  }
}
