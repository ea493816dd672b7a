package dev.muster.cli;

import dev.muster.arrival.WaitingLists;
import dev.muster.schedule.NightlyReport;
import dev.muster.schedule.NightlyRun;
import dev.muster.schedule.NightlyRuns;
import java.io.IOException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
    name = "nightly",
    description = {
      "Does the nightly run by hand: applies all revocation lists that wait and all entries whose"
          + " time has come, tells the hubs, and reports."
    },
    footer = {"", "Exit codes: 0 all is done; 1 something failed or is pending; 2 wrong usage."})
final class NightlyCommand extends ApplicationCommand {

  private static final int SHOWN = 10;

  @Option(
      names = "--show",
      description = {
        "Do nothing; say whether it is under way, when the clock does it next, and what the last "
            + SHOWN
            + " came to."
      })
  private boolean show;

  NightlyCommand(Beans beans) {
    super(beans);
  }

  @Override
  public Integer call() throws InterruptedException, IOException {
    Output output = options.output();
    if (show) {
      show(beans.get(NightlyRuns.class).standing(SHOWN), output);
      return ExitCodes.OK;
    }
    NightlyRun run = beans.get(NightlyRun.class);
    NightlyReport report = run.runByHand();
    if (output.json()) {
      output.json(report);
    } else {
      output.line("Nightly run %d".formatted(report.run()));
      print(report, output);
      output.line("  report    " + run.file(report));
    }
    return report.complete() ? ExitCodes.OK : ExitCodes.FAILED;
  }

  private static void show(NightlyRuns.Standing standing, Output output) {
    if (output.json()) {
      output.json(standing);
      return;
    }
    output.line(
        "Under way: %s. By the clock: %s."
            .formatted(
                standing.underWay() ? "yes" : "no",
                standing.next() == null ? "never" : Output.time(standing.next())));
    if (standing.lastFailure() != null) {
      output.line("The clock's last try failed: " + Output.time(standing.lastFailure()));
    }
    for (NightlyRuns.Run run : standing.runs()) {
      output.line(
          "Nightly run %d  %-11s  %s  %s"
              .formatted(
                  run.run(), run.state(), Output.time(run.startedAt()), Output.time(run.endedAt()))
              .stripTrailing());
      if (run.report() != null) {
        print(run.report(), output);
      }
    }
  }

  private static void print(NightlyReport report, Output output) {
    output.line("  lists     %,11d".formatted(report.lists().size()));
    for (WaitingLists.Ended list : report.lists()) {
      output.line(
          "    %-8s %s (factory %s, arrival %d)  %s"
              .formatted(
                  list.state(), list.fileName(), list.factory(), list.arrival(), list.problem())
              .stripTrailing());
    }
    output.line("  pending   %,11d".formatted(report.listsPending()));
    output.line("  entries   %,11d   whose time had come".formatted(report.entriesApplied()));
    output.line("  removed   %,11d   retired devices' data".formatted(report.retiredRemoved()));
    HubReport.print(report.hubs(), output);
  }
}
