package dev.muster.cli;

import dev.muster.run.RunControl;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
    name = "stop",
    description = "Asks a running execution to stop behind its next chunk. It can be restarted.")
final class StopCommand implements Callable<Integer> {

  private final Beans beans;

  @Mixin private HelpOption help = new HelpOption();

  @Parameters(paramLabel = "EXECUTION", description = "As jobs/status lists it.")
  private long execution;

  StopCommand(Beans beans) {
    this.beans = beans;
  }

  @Override
  public Integer call() {
    Output output = help.output();
    boolean running = beans.get(RunControl.class).stop(execution);
    output.line(
        running
            ? "Execution %d stops behind its next chunk.".formatted(execution)
            : "Execution %1$d had no process any more. It can be restarted: jobs/restart %1$d."
                .formatted(execution));
    return ExitCodes.OK;
  }
}
