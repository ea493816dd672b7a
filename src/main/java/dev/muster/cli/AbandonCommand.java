package dev.muster.cli;

import dev.muster.run.RunControl;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
    name = "abandon",
    description =
        "Gives an execution up: it can't be restarted any more. What a manifest's loaded stays"
            + " until it is withdrawn.")
final class AbandonCommand implements Callable<Integer> {

  private final Beans beans;

  @Mixin private HelpOption help = new HelpOption();

  @Parameters(paramLabel = "EXECUTION", description = "As jobs/status lists it.")
  private long execution;

  AbandonCommand(Beans beans) {
    this.beans = beans;
  }

  @Override
  public Integer call() throws java.io.IOException {
    Output output = help.output();
    String now = beans.get(RunControl.class).abandon(execution);
    output.line("Execution %d is abandoned. %s".formatted(execution, now));
    return ExitCodes.OK;
  }
}
