package dev.muster.cli;

import dev.muster.run.RunControl;
import java.io.IOException;
import picocli.CommandLine.Command;

@Command(
    name = "withdraw",
    description =
        "Takes back what a failed execution loaded: its rows leave the registry as if never sent."
            + " Not once a token was delivered.")
final class WithdrawCommand extends ExecutionCommand {

  WithdrawCommand(Beans beans) {
    super(beans);
  }

  @Override
  String control(RunControl runs, long execution) throws IOException {
    return "%,d devices of execution %d left the registry. The manifest can be sent again."
        .formatted(runs.withdraw(execution), execution);
  }
}
