package dev.muster.cli;

import dev.muster.run.RunControl;
import picocli.CommandLine.Command;

@Command(
    name = "stop",
    description = "Asks a running execution to stop behind its next chunk. It can be restarted.")
final class StopCommand extends ExecutionCommand {

  StopCommand(Beans beans) {
    super(beans);
  }

  @Override
  String control(RunControl runs, long execution) {
    return (runs.stop(execution)
            ? "Execution %d stops behind its next chunk."
            : "Execution %1$d had no process any more. It can be restarted: jobs/restart %1$d.")
        .formatted(execution);
  }
}
