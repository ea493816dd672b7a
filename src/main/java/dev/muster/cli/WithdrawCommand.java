package dev.muster.cli;

import dev.muster.run.RunControl;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
    name = "withdraw",
    description =
        "Takes back what a failed execution loaded: its rows leave the registry as if never sent."
            + " Not once a token was delivered.")
final class WithdrawCommand implements Callable<Integer> {

  private final Beans beans;

  @Mixin private HelpOption help = new HelpOption();

  @Parameters(paramLabel = "EXECUTION", description = "As jobs/status lists it.")
  private long execution;

  WithdrawCommand(Beans beans) {
    this.beans = beans;
  }

  @Override
  public Integer call() throws java.io.IOException {
    Output output = help.output();
    long devices = beans.get(RunControl.class).withdraw(execution);
    output.line(
        "%,d devices of execution %d left the registry. The manifest can be sent again."
            .formatted(devices, execution));
    return ExitCodes.OK;
  }
}
