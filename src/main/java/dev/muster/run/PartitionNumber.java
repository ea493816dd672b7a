package dev.muster.run;

import java.util.HashMap;
import java.util.Map;
import org.springframework.batch.core.step.StepExecution;
import org.springframework.batch.infrastructure.item.ExecutionContext;

/**
 * Which partition a worker's step execution is: its name is {@code load:2}. Partitions count from
 * 1.
 */
public final class PartitionNumber {

  private PartitionNumber() {}

  /**
   * Partitions by number only. Each worker looks up what its number stands for, because a kill
   * between the creation of its step execution and the saving of its context would lose anything
   * said here.
   */
  public static Map<String, ExecutionContext> upTo(int partitions) {
    Map<String, ExecutionContext> contexts = new HashMap<>();
    for (int i = 1; i <= partitions; i++) {
      contexts.put(Integer.toString(i), new ExecutionContext());
    }
    return contexts;
  }

  public static int of(StepExecution step) {
    String name = step.getStepName();
    return Integer.parseInt(name.substring(name.lastIndexOf(':') + 1));
  }
}
