package dev.muster.cli;

import dev.muster.access.RefusedException;
import dev.muster.outcome.NotificationChoices;
import dev.muster.outcome.NotificationChoices.Choice;
import dev.muster.outcome.ToldNotifications;
import dev.muster.outcome.ToldNotifications.Standing;
import dev.muster.outcome.ToldNotifications.Told;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "notifications",
    description = {
      "Who is told what happens, over HTTP and by mail, and what they were told, newest first.",
      "",
      "muster.webhooks.hooks (docs/sources.md) and spring.mail (docs/operations.md) say how. The"
          + " service tells them."
    })
final class NotificationsCommand extends ApplicationCommand {

  private static final String STANDING = "%-20s %-30s %8s %9s  %-21s %s";
  private static final String TOLD = "%-9s %-20s %-9s %8s  %-21s %s";

  @Mixin private LastOption last = new LastOption();

  @Option(
      names = "--channel",
      paramLabel = "NAME",
      description = "Only by this one: a webhook's name, or mail.")
  private @Nullable String channel;

  @Option(names = "--open", description = "Only what was not taken.")
  private boolean open;

  NotificationsCommand(Beans beans) {
    super(beans);
  }

  private record Both(List<Standing> channels, List<Told> told) {}

  @Override
  public Integer call() {
    Output output = options.output();
    ToldNotifications notifications = beans.get(ToldNotifications.class);
    List<Standing> all = notifications.all();
    List<Told> told = notifications.page(channel, open, null, last.number());
    if (output.json()) {
      output.json(new Both(all, told));
      return ExitCodes.OK;
    }
    if (all.isEmpty()) {
      output.line(
          "Nobody is. muster.webhooks.hooks or spring.mail.host says who is told what happens.");
    } else {
      output.line(
          STANDING.formatted("CHANNEL", "HOST", "WAITING", "GIVEN UP", "LAST TAKEN", "IS TOLD"));
      all.forEach(one -> output.line(row(one)));
    }
    output.line("");
    if (told.isEmpty()) {
      output.line("Nothing was told.");
      return ExitCodes.OK;
    }
    output.line(TOLD.formatted("NUMBER", "RECIPIENT", "STATE", "ATTEMPTS", "HAPPENED", "EVENT"));
    for (Told one : told) {
      output.line(row(one));
      if (one.problem() != null) {
        output.lines("          ", one.problem());
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
        (one.types().isEmpty() ? one.all() : String.join(", ", one.types()))
            + (one.factory() == null ? "" : " of factory " + one.factory()));
  }

  private static String row(Told one) {
    return TOLD.formatted(
        one.id(),
        one.recipient(),
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
            beans.get(ToldNotifications.class)::again,
            "%d is told again by the service, in a moment.",
            "There is no %d, or its channel is configured no more."::formatted);
  }

  @Command(name = "readers", description = "Who gets mail, and of what, as they chose it.")
  int readers(@Mixin StandardOptions subOptions) {
    Output output = subOptions.output();
    List<Choice> all = beans.get(NotificationChoices.class).all();
    if (output.json()) {
      output.json(all);
      return ExitCodes.OK;
    }
    if (all.isEmpty()) {
      output.line("Nobody has chosen anything. People do so in the console, under Your account.");
    }
    for (Choice one : all) {
      output.line(
          "%s  %s  %s  %s, until %s"
              .formatted(
                  one.name(),
                  one.address(),
                  one.language(),
                  String.join(", ", one.roles()),
                  Output.time(one.until())));
      output.line("    of " + one.words());
      output.line("    account " + one.account());
    }
    return ExitCodes.OK;
  }

  @Command(name = "end", description = "Ends mails to an account. It may choose anew.")
  int end(
      @Mixin HelpOption subHelp,
      @Parameters(paramLabel = "ACCOUNT", description = "As `readers` shows it.") String account) {
    try {
      beans.get(NotificationChoices.class).end(account);
    } catch (RefusedException e) {
      subHelp.output().error(e.sentence());
      return ExitCodes.FAILED;
    }
    subHelp.output().line("No more mail is sent to that account.");
    return ExitCodes.OK;
  }
}
