package dev.muster.cli;

import dev.muster.access.RefusedException;
import dev.muster.arrival.Arrivals;
import dev.muster.arrival.Arrivals.Shown;
import dev.muster.arrival.Arrivals.UntakenFile;
import dev.muster.arrival.Arrivals.Unusable;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "arrivals",
    description = {
      "What came by itself: manifests in the inbox, newest first.",
      "",
      "One that failed is kept until an operator retries it or gives it up. It is also taken up"
          + " again by itself as soon as its manifest has been provisioned after all, such as by"
          + " jobs/restart with a higher limit."
    })
final class ArrivalsCommand extends ApplicationCommand {

  @Option(names = "--failed", description = "Only those that need an operator.")
  private boolean failed;

  @Mixin private LastOption last = new LastOption();

  @Mixin private PeriodOptions arrived = new PeriodOptions();

  ArrivalsCommand(Beans beans) {
    super(beans);
  }

  @Override
  public Integer call() {
    Output output = options.output();
    Arrivals arrivals = beans.get(Arrivals.class);
    List<Shown> found =
        arrivals.page(
            new Arrivals.Filter(
                failed ? Arrivals.State.FAILED : null, null, null, null, arrived.period()),
            null,
            last.number());
    if (output.json()) {
      output.json(found);
      return ExitCodes.OK;
    }
    if (found.isEmpty()) {
      output.line(failed ? "No arrival needs you." : "Nothing has arrived yet.");
    } else {
      list(found, output);
    }
    List<UntakenFile> untaken = arrivals.untaken(last.number());
    if (!untaken.isEmpty()) {
      output.line("");
      output.line("Files that nobody takes:");
      listUntaken(untaken, output);
    }
    return ExitCodes.OK;
  }

  private static void list(List<Shown> found, Output output) {
    output.line(row("ARRIVAL", "STATE", "SOURCE", "FACTORY", "ARRIVED", "MANIFEST"));
    for (Shown one : found) {
      output.line(
          row(
              Long.toString(one.arrival()),
              one.state(),
              one.source(),
              one.factory(),
              Output.time(one.arrivedAt()),
              one.manifest()));
      if (one.problem() != null && !one.state().equals("DONE")) {
        output.lines("         ", one.problem());
      }
      if (one.dismissible()) {
        output.line(
            "         jobs/arrivals retry %1$d, or jobs/arrivals dismiss %1$d --reason …"
                .formatted(one.arrival()));
      }
      if (one.dueAt() != null && one.attempts() > 0) {
        output.line(
            "         tried %d times; next at %s"
                .formatted(one.attempts(), Output.time(one.dueAt())));
      }
    }
  }

  private static void listUntaken(List<UntakenFile> untaken, Output output) {
    for (UntakenFile one : untaken) {
      output.line("%s: %s%s".formatted(one.source(), one.place(), one.name()));
      output.line("         %s %s".formatted(one.why(), one.advice()));
      output.line(
          "         seen from %s to %s"
              .formatted(Output.time(one.firstSeenAt()), Output.time(one.lastSeenAt())));
    }
  }

  @Command(name = "retry", description = "Tries arrivals again, at once.")
  int retry(
      @Mixin HelpOption subHelp,
      @Parameters(arity = "1..*", paramLabel = "ARRIVAL", description = "Their numbers.")
          List<Long> ids) {
    Arrivals arrivals = beans.get(Arrivals.class);
    return subHelp
        .output()
        .each(
            ids,
            arrivals::retry,
            "Arrival %d is tried again.",
            id -> refused(arrivals, id, "tried again"));
  }

  @Command(
      name = "dismiss",
      description =
          "Gives up an arrival that failed, or waits for what does not come; its sender is told"
              + " that it is refused.")
  int dismiss(
      @Mixin HelpOption subHelp,
      @Parameters(paramLabel = "ARRIVAL", description = "Its number.") long id,
      @Option(
              names = "--reason",
              required = true,
              paramLabel = "TEXT",
              description = "Why; its sender reads it.")
          String reason) {
    Arrivals arrivals = beans.get(Arrivals.class);
    if (!arrivals.dismiss(id, reason)) {
      throw new RefusedException(refused(arrivals, id, "given up"));
    }
    subHelp.output().line("Arrival %d is given up.".formatted(id));
    return ExitCodes.OK;
  }

  @Command(
      name = "unusable",
      description = "Lists the messages that could never become an arrival, newest first.")
  int unusable(@Mixin StandardOptions subOptions) {
    Output output = subOptions.output();
    List<Unusable> found = beans.get(Arrivals.class).unusable(last.number());
    if (output.json()) {
      output.json(found);
    }
    for (Unusable one : found) {
      output.line(
          "%s  %s  %s".formatted(Output.time(one.receivedAt()), one.source(), one.sourceId()));
      output.lines("         ", one.problem());
    }
    return ExitCodes.OK;
  }

  @Command(
      name = "untaken",
      description = {
        "Lists what lies where files are put down and no source takes, the latest first: archives,"
            + " workbooks, folders, files in no factory's folder, files that stay empty.",
        "One is no longer listed when it is gone, or was taken."
      })
  int untaken(@Mixin StandardOptions subOptions) {
    Output output = subOptions.output();
    List<UntakenFile> found = beans.get(Arrivals.class).untaken(last.number());
    if (output.json()) {
      output.json(found);
    } else if (found.isEmpty()) {
      output.line("There is none.");
    } else {
      listUntaken(found, output);
    }
    return ExitCodes.OK;
  }

  private static String refused(Arrivals arrivals, long id, String done) {
    return arrivals
        .find(id)
        .map(found -> "Arrival %d can't be %s: it is %s.".formatted(id, done, found.state()))
        .orElse("There is no arrival %d. jobs/arrivals lists them.".formatted(id));
  }

  private static String row(String... cells) {
    return "%-8s %-10s %-10s %-16s %-21s %s".formatted((Object[]) cells).stripTrailing();
  }
}
