package dev.muster.cli;

import dev.muster.access.RefusedException;
import dev.muster.arrival.WaitingLists;
import dev.muster.schedule.NightlyReport;
import dev.muster.schedule.NightlyRun;
import java.io.IOException;
import java.util.Optional;
import picocli.CommandLine.Command;

@Command(
    name = "nightly",
    description = {
      "Does the nightly run by hand: applies all revocation lists that wait and all entries whose"
          + " time has come, tells the hubs, and reports."
    },
    footer = {"", "Exit codes: 0 all is done; 1 something failed or is pending; 2 wrong usage."})
final class NightlyCommand extends ApplicationCommand {

  NightlyCommand(Beans beans) {
    super(beans);
  }

  @Override
  public Integer call() throws InterruptedException, IOException {
    Output output = options.output();
    NightlyRun run = beans.get(NightlyRun.class);
    Optional<NightlyReport> done = run.run();
    if (done.isEmpty()) {
      throw new RefusedException("Another process is at the nightly run at this moment.");
    }
    NightlyReport report = done.get();
    if (output.json()) {
      output.json(report);
    } else {
      output.line("Nightly run %d".formatted(report.run()));
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
      output.line("  report    " + run.file(report));
    }
    return report.complete() ? ExitCodes.OK : ExitCodes.FAILED;
  }
}
