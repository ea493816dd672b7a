package dev.muster.benchmark;

import java.io.IOException;
import java.util.function.Consumer;
import org.springframework.stereotype.Component;

/** How fast pages answer. */
@Component
public class PageBenchmark {

  private final LargeRegistry registry;

  PageBenchmark(LargeRegistry registry) {
    this.registry = registry;
  }

  /** Runs it. */
  public void run(long devices, Consumer<String> progress) throws IOException {
    registry.fill(devices, 10_000, progress);
  }
}
