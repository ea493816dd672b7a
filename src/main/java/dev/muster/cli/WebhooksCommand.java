package dev.muster.cli;

import dev.muster.outcome.ToldWebhooks;
import dev.muster.outcome.ToldWebhooks.Standing;
import dev.muster.outcome.ToldWebhooks.Told;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "webhooks",
    description = {
      "Who is told over HTTP what happens, and what they were told, newest first.",
      "",
      "muster.webhooks.hooks says who they are (docs/sources.md). The service tells them."
    })
final class WebhooksCommand extends ApplicationCommand {

  private static final String STANDING = "%-20s %-30s %8s %9s  %-21s %s";
  private static final String TOLD = "%-9s %-20s %-9s %8s  %-21s %s";

  @Mixin private LastOption last = new LastOption();

  @Option(names = "--webhook", paramLabel = "NAME", description = "Only what this one was told.")
  private @Nullable String webhook;

  @Option(names = "--open", description = "Only what was not taken.")
  private boolean open;

  WebhooksCommand(Beans beans) {
    super(beans);
  }

  private record Both(List<Standing> webhooks, List<Told> told) {}

  @Override
  public Integer call() {
    Output output = options.output();
    ToldWebhooks webhooks = beans.get(ToldWebhooks.class);
    List<Standing> all = webhooks.all();
    List<Told> told = webhooks.page(webhook, open, null, last.number());
    if (output.json()) {
      output.json(new Both(all, told));
      return ExitCodes.OK;
    }
    if (all.isEmpty()) {
      output.line("There is none. muster.webhooks.hooks says who is told what happens.");
    } else {
      output.line(
          STANDING.formatted("WEBHOOK", "HOST", "WAITING", "GIVEN UP", "LAST TAKEN", "IS TOLD"));
      all.forEach(one -> output.line(row(one)));
    }
    output.line("");
    if (told.isEmpty()) {
      output.line("Nothing was told.");
      return ExitCodes.OK;
    }
    output.line(TOLD.formatted("NUMBER", "WEBHOOK", "STATE", "ATTEMPTS", "HAPPENED", "EVENT"));
    for (Told one : told) {
      output.line(Output.visible(row(one)));
      if (one.problem() != null) {
        output.line("          " + Output.visible(one.problem()));
      }
    }
    return ExitCodes.OK;
  }

  private static String row(Standing one) {
    return STANDING.formatted(
        one.name(),
        one.host(),
        one.waiting(),
        one.givenUp(),
        one.lastTaken() == null ? "never" : Output.time(one.lastTaken()),
        (one.types().isEmpty() ? "everything" : String.join(", ", one.types()))
            + (one.factory() == null ? "" : " of factory " + one.factory()));
  }

  private static String row(Told one) {
    return TOLD.formatted(
        one.id(),
        one.webhook(),
        one.state(),
        one.attempts(),
        Output.time(one.happenedAt()),
        one.type() + " " + one.subject());
  }

  @Command(name = "retry", description = "Has what was not taken, or was, told once more.")
  int retry(
      @Mixin HelpOption subHelp,
      @Parameters(arity = "1..*", paramLabel = "NUMBER", description = "Their numbers.")
          List<Long> ids) {
    return subHelp
        .output()
        .each(
            ids,
            beans.get(ToldWebhooks.class)::again,
            "%d is told again by the service, in a moment.",
            "There is no %d, or its webhook is configured no more."::formatted);
  }
}
