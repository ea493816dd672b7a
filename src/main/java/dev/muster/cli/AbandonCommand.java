package dev.muster.cli;

import dev.muster.run.RunControl;
import java.io.IOException;
import picocli.CommandLine.Command;

@Command(
    name = "abandon",
    description =
        "Gives an execution up: it can't be restarted any more. What a manifest's loaded stays"
            + " until it is withdrawn.")
final class AbandonCommand extends ExecutionCommand {

  AbandonCommand(Beans beans) {
    super(beans);
  }

  @Override
  String control(RunControl runs, long execution) throws IOException {
    return "Execution %d is abandoned. %s".formatted(execution, runs.abandon(execution));
  }
}
