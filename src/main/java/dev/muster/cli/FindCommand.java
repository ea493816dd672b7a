package dev.muster.cli;

import dev.muster.finding.Finder;
import dev.muster.finding.Found;
import dev.muster.finding.Found.Hit;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(
    name = "find",
    description = {
      "Finds whatever a text may mean: a device's id, its first eight digits or more, several ids;"
          + " a serial number; a manifest's or a revocation list's name, number or SHA-256; the"
          + " number of a bundle, an execution or an arrival; a factory."
    })
final class FindCommand extends ApplicationCommand {

  private static final String ROW = "%-10s %-36s %-16s %-28s %s";

  @Parameters(arity = "1..*", paramLabel = "TEXT", description = "What is known of it.")
  private List<String> text = List.of();

  FindCommand(Beans beans) {
    super(beans);
  }

  @Override
  public Integer call() {
    Output output = options.output();
    Found found = beans.get(Finder.class).find(String.join(" ", text));
    if (output.json()) {
      output.json(found);
      return ExitCodes.OK;
    }
    if (found.hits().isEmpty() && found.unknown().isEmpty()) {
      output.line("Nothing is called that, and nothing has it as its id or number.");
    } else {
      output.line(ROW.formatted("WHAT", "ID", "FACTORY", "NAME", "FOUND BY"));
      found.hits().forEach(hit -> output.line(row(hit)));
      found.unknown().forEach(id -> output.line("%-10s %s".formatted("unknown", id)));
    }
    if (found.more()) {
      output.line("There are more like it: write more of it.");
    }
    return ExitCodes.OK;
  }

  private static String row(Hit hit) {
    return ROW.formatted(
        hit.kind().name().toLowerCase(Locale.ROOT),
        hit.id(),
        Objects.toString(hit.factory(), "–"),
        Objects.toString(hit.name(), "–"),
        hit.by());
  }
}
