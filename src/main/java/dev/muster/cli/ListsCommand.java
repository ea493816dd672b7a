package dev.muster.cli;

import dev.muster.revocation.AppliedLists;
import dev.muster.revocation.AppliedLists.Line;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "lists",
    description = {
      "Revocation lists, newest first: what became of them, and which wait for a second person."
    })
final class ListsCommand extends ApplicationCommand {

  private static final String ROW = "%-6s %-8s %-16s %12s %12s %10s %-21s %s";

  /** How lists stand. */
  enum State {
    APPLIED,
    OPEN,
    HELD
  }

  @Mixin private ListOptions list = new ListOptions();

  @Option(names = "--factory", paramLabel = "ID", description = "Of this factory.")
  private @Nullable String factory;

  @Option(names = "--name", paramLabel = "TEXT", description = "With this in the name.")
  private @Nullable String name;

  @Option(
      names = "--state",
      paramLabel = "STATE",
      description =
          "Only these: ${COMPLETION-CANDIDATES}. Of those that are not applied to their end, HELD"
              + " wait for a second person.")
  private @Nullable State state;

  ListsCommand(Beans beans) {
    super(beans);
  }

  @Override
  public Integer call() throws IOException {
    AppliedLists lists = beans.get(AppliedLists.class);
    AppliedLists.Filter filter =
        new AppliedLists.Filter(
            factory,
            name,
            state == State.APPLIED ? Boolean.TRUE : state == State.OPEN ? Boolean.FALSE : null,
            state == State.HELD ? Boolean.TRUE : null);
    return list.print(
        options.output(),
        () -> lists.all(filter),
        number -> lists.page(filter, null, number),
        "No list is like that.",
        ROW.formatted(
            "LIST", "STATE", "FACTORY", "ENTRIES", "CHANGED", "REJECTED", "RECEIVED", "NAME"),
        ListsCommand::row);
  }

  private static String row(Line line) {
    State state = line.held() ? State.HELD : line.appliedAt() == null ? State.OPEN : State.APPLIED;
    return ROW.formatted(
        line.id(),
        state,
        line.factory() == null ? line.actor() : line.factory(),
        "%,d".formatted(line.rows()),
        "%,d".formatted(line.changed()),
        "%,d".formatted(line.rejected()),
        Output.time(line.receivedAt()),
        line.name());
  }
}
