package dev.muster.cli;

import dev.muster.bundle.Purpose;
import dev.muster.delivery.DeliveredBundle.Line;
import dev.muster.delivery.DeliveredBundles;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "bundles",
    description = {
      "What factories get: bundles of tokens, newest first, where each was brought, and whether its"
          + " factory has it."
    })
final class BundlesCommand extends ApplicationCommand {

  @Option(names = "--factory", paramLabel = "ID", description = "Only this factory's.")
  private @Nullable String factory;

  @Option(
      names = "--purpose",
      paramLabel = "PURPOSE",
      description = "Only ${COMPLETION-CANDIDATES}.")
  private @Nullable Purpose purpose;

  @Option(names = "--unfetched", description = "Only those that nobody has fetched or confirmed.")
  private boolean unfetched;

  @Mixin private LastOption last = new LastOption();

  BundlesCommand(Beans beans) {
    super(beans);
  }

  @Override
  public Integer call() {
    var filter = new DeliveredBundles.Filter(factory, purpose, null, unfetched);
    return options
        .output()
        .list(
            beans.get(DeliveredBundles.class).page(filter, null, last.number()),
            "There is no such bundle.",
            row("BUNDLE", "FOR", "STATE", "FACTORY", "DEVICES", "PUBLISHED", "WHERE"),
            BundlesCommand::row,
            Line::problem,
            "        ");
  }

  @Command(
      name = "confirm",
      description = {
        "Says that the devices have the tokens of bundles. Rotations of keys that wait for that go"
            + " on."
      })
  int confirm(
      @Mixin HelpOption subHelp,
      @Parameters(arity = "1..*", paramLabel = "BUNDLE", description = "Their numbers.")
          List<Integer> ids) {
    return subHelp
        .output()
        .each(
            ids,
            beans.get(DeliveredBundles.class)::confirm,
            "Bundle %d is confirmed.",
            "There is no bundle %d. jobs/bundles lists them."::formatted);
  }

  private static String row(Line one) {
    return row(
        Integer.toString(one.id()),
        one.purpose().name(),
        one.state().name().replace('_', ' '),
        one.factory(),
        "%,d".formatted(one.devices()),
        Output.time(one.publishedAt()),
        one.deliveredTo() == null ? "" : one.deliveredTo());
  }

  private static String row(String... cells) {
    return "%6s  %-9s  %-10s  %-16s %9s  %-20s  %s".formatted((Object[]) cells).stripTrailing();
  }
}
