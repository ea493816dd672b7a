package dev.muster.cli;

import dev.muster.run.RunControl;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Does something about one execution. */
abstract class ExecutionCommand implements Callable<Integer> {

  private final Beans beans;

  @Mixin private HelpOption help = new HelpOption();

  @Parameters(paramLabel = "EXECUTION", description = "As jobs/status lists it.")
  private long execution;

  ExecutionCommand(Beans beans) {
    this.beans = beans;
  }

  /** Does it, and says in a sentence what came of it. */
  abstract String control(RunControl runs, long execution) throws IOException;

  @Override
  public Integer call() throws IOException {
    help.output().line(control(beans.get(RunControl.class), execution));
    return ExitCodes.OK;
  }
}
