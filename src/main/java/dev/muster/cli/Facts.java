package dev.muster.cli;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What is known of something, a line each: what it is called, and what it is. */
final class Facts {

  private record Fact(String name, String value) {}

  private final List<Fact> facts = new ArrayList<>();

  /** Adds a fact, unless there is nothing to say. */
  Facts add(String name, @Nullable Object value) {
    if (value != null) {
      facts.add(new Fact(name, value.toString()));
    }
    return this;
  }

  /** Prints them, one below the other. */
  void print(Output output) {
    int widest = facts.stream().mapToInt(fact -> fact.name().length()).max().orElse(1);
    String row = "  %%-%ds  %%s".formatted(widest);
    facts.forEach(fact -> output.line(row.formatted(fact.name(), fact.value())));
  }
}
