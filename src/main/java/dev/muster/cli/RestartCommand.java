package dev.muster.cli;

import dev.muster.manifest.RejectLimit;
import dev.muster.run.ExecutionSummary;
import dev.muster.run.Executions;
import dev.muster.run.OperationRefusedException;
import dev.muster.run.RunControl;
import dev.muster.run.RunOutcome;
import dev.muster.run.RunWithdrawnException;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;

@Command(
    name = "restart",
    description = {
      "Continues executions where they stopped: behind the last chunk that was committed. Also"
          + " after kill -9 or a power cut."
    },
    footer = {
      "",
      "Exit codes: 0 everything accepted; 3 done, with rejected rows; 1 failed (restartable); 2"
          + " wrong usage."
    })
final class RestartCommand extends ApplicationCommand {

  @Parameters(
      arity = "0..*",
      paramLabel = "EXECUTION",
      description = "Executions, as jobs/status lists them.")
  private List<String> executions = List.of(); // picocli would not say that one is no number

  @Option(
      names = "--all-failed",
      description =
          "All that failed, were stopped or were interrupted; not those whose manifest was"
              + " refused.")
  private boolean allFailed;

  @Option(
      names = "--max-rejects",
      paramLabel = "N|N%",
      converter = RejectLimitConverter.class,
      description = "Another limit of rejected rows than before.")
  private @Nullable RejectLimit maxRejects;

  RestartCommand(Beans beans) {
    super(beans);
  }

  @Override
  public Integer call() throws IOException {
    Output output = options.output();
    if (allFailed == !executions.isEmpty()) {
      throw new ParameterException(
          output.commandLine(), "Name executions, or say --all-failed: one of the two.");
    }
    List<Long> chosen =
        allFailed
            ? beans.get(Executions.class).restartable().stream()
                .map(ExecutionSummary::execution)
                .toList()
            : executions.stream().map(text -> number(text, output)).toList();
    if (chosen.isEmpty()) {
      output.line("There is nothing to restart.");
    }
    int exitCode = ExitCodes.OK;
    for (long execution : chosen) {
      exitCode = ProvisionCommand.worse(exitCode, restart(execution, output));
    }
    return exitCode;
  }

  private int restart(long execution, Output output) throws IOException {
    RunOutcome outcome;
    try (ProgressBars bars = beans.get(ProgressBars.class).start(output.progress())) {
      outcome = beans.get(RunControl.class).restart(execution, maxRejects);
    } catch (RunWithdrawnException e) {
      if (allFailed) {
        output.line(e.sentence());
        return ExitCodes.OK;
      }
      output.error(e.sentence());
      return ExitCodes.FAILED;
    } catch (OperationRefusedException e) {
      output.error(e.sentence());
      return ExitCodes.FAILED;
    }
    OutcomeReport.print(outcome, beans, null, output);
    return OutcomeReport.exitCode(outcome);
  }

  private static Long number(String text, Output output) {
    try {
      return Long.valueOf(text);
    } catch (NumberFormatException e) {
      throw new ParameterException(
          output.commandLine(),
          "'%s' is no number of an execution. jobs/status lists them.".formatted(text),
          e);
    }
  }
}
