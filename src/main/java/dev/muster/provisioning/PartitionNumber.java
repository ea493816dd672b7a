package dev.muster.provisioning;

import org.springframework.batch.core.step.StepExecution;

/**
 * Which partition a worker's step execution is: its name is {@code load:2}. Partitions count from
 * 1.
 */
final class PartitionNumber {

  private PartitionNumber() {}

  static int of(StepExecution step) {
    String name = step.getStepName();
    return Integer.parseInt(name.substring(name.lastIndexOf(':') + 1));
  }
}
