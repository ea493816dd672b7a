package dev.muster.cli;

import dev.muster.access.RefusedException;
import dev.muster.arrival.Arrivals;
import dev.muster.arrival.Arrivals.Filter;
import dev.muster.arrival.Arrivals.Shown;
import dev.muster.arrival.Arrivals.State;
import dev.muster.arrival.Arrivals.UntakenFile;
import dev.muster.arrival.Arrivals.Unusable;
import dev.muster.export.Period;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
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

  @Mixin private ListOptions list = new ListOptions();

  @Option(
      names = "--failed",
      description = "Only those that need an operator, as --state FAILED does.")
  private boolean failed;

  @Option(
      names = "--state",
      paramLabel = "STATE",
      description =
          "Only these: ${COMPLETION-CANDIDATES}. OPEN are all that wait or are under way; of those"
              + " that failed, HELD wait for a second person.")
  private @Nullable State state;

  @Option(
      names = "--source",
      paramLabel = "NAME",
      description = "From this source, such as folder.")
  private @Nullable String source;

  @Option(names = "--factory", paramLabel = "ID", description = "Of this factory.")
  private @Nullable String factory;

  @Option(
      names = "--text",
      paramLabel = "TEXT",
      description = "With this in the file's name, or with this number.")
  private @Nullable String text;

  @Mixin private PeriodOptions arrived = new PeriodOptions();

  ArrivalsCommand(Beans beans) {
    super(beans);
  }

  @Override
  public Integer call() throws IOException {
    Output output = options.output();
    if (failed && state != null) {
      throw new ParameterException(
          output.commandLine(), "--failed is --state FAILED: give one of them.");
    }
    Arrivals arrivals = beans.get(Arrivals.class);
    Filter filter =
        new Filter(failed ? State.FAILED : state, factory, source, text, arrived.period());
    int code =
        list.print(
            output,
            () -> arrivals.all(filter),
            number -> arrivals.page(filter, null, number),
            none(filter),
            row("ARRIVAL", "STATE", "SOURCE", "FACTORY", "ARRIVED", "MANIFEST"),
            ArrivalsCommand::row,
            ArrivalsCommand::below,
            "         ");
    List<UntakenFile> untaken =
        list.forPeople(output) ? arrivals.untaken(list.number()) : List.of();
    if (!untaken.isEmpty()) {
      output.line("");
      output.line("Files that nobody takes:");
      listUntaken(untaken, output);
    }
    return code;
  }

  private static String none(Filter filter) {
    if (filter.equals(Filter.ALL)) {
      return "Nothing has arrived yet.";
    }
    return filter.equals(new Filter(State.FAILED, null, null, null, Period.EVER))
        ? "No arrival needs you."
        : "No arrival is like that.";
  }

  private static String row(Shown one) {
    return row(
        Long.toString(one.arrival()),
        one.state(),
        one.source(),
        one.factory(),
        Output.time(one.arrivedAt()),
        one.manifest());
  }

  private static String below(Shown one) {
    List<String> lines = new ArrayList<>();
    if (one.problem() != null && !one.state().equals("DONE")) {
      lines.add(one.problem());
    }
    if (one.dismissible()) {
      lines.add(
          "jobs/arrivals retry %1$d, or jobs/arrivals dismiss %1$d --reason …"
              .formatted(one.arrival()));
    }
    if (one.dueAt() != null && one.attempts() > 0) {
      lines.add("tried %d times; next at %s".formatted(one.attempts(), Output.time(one.dueAt())));
    }
    return String.join("\n", lines);
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
    List<Unusable> found = beans.get(Arrivals.class).unusable(list.number());
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
    List<UntakenFile> found = beans.get(Arrivals.class).untaken(list.number());
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
