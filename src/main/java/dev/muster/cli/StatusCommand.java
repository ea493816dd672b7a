package dev.muster.cli;

import dev.muster.access.RefusedException;
import dev.muster.run.ExecutionDetail;
import dev.muster.run.ExecutionSummary;
import dev.muster.run.ExecutionSummary.StepSummary;
import dev.muster.run.Executions;
import dev.muster.run.RunKind;
import dev.muster.run.RunKinds;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
    name = "status",
    description = {
      "Executions, newest first; with a number, that one in detail: steps, counts, cause of"
          + " failure."
    })
final class StatusCommand extends ApplicationCommand {

  @Parameters(arity = "0..1", paramLabel = "EXECUTION", description = "One execution.")
  private @Nullable Long execution;

  @Mixin private LastOption last = new LastOption();

  @Mixin private PeriodOptions started = new PeriodOptions();

  StatusCommand(Beans beans) {
    super(beans);
  }

  @Override
  public Integer call() {
    Output output = options.output();
    Executions executions = beans.get(Executions.class);
    if (execution == null) {
      return output.list(
          executions.page(
              new Executions.Filter(null, null, null, null, started.period()), null, last.number()),
          "Nothing has run yet.",
          row("EXECUTION", "STATUS", "FACTORY", "MANIFEST", "STARTED", "SECONDS"),
          StatusCommand::row,
          ExecutionSummary::cause,
          "           ");
    }
    ExecutionSummary found =
        executions
            .find(execution)
            .orElseThrow(
                () ->
                    new RefusedException(
                        "There is no execution %d. jobs/status lists them.".formatted(execution)));
    if (output.json()) {
      output.json(List.of(found));
    } else {
      String noun = beans.get(RunKinds.class).find(found.job()).map(RunKind::noun).orElse("about");
      Map<String, Long> numbers =
          executions.detail(execution).map(ExecutionDetail::numbers).orElse(Map.of());
      detail(found, noun, numbers, output);
    }
    return ExitCodes.OK;
  }

  private static String row(ExecutionSummary one) {
    return row(
        Long.toString(one.execution()),
        one.status(),
        Objects.requireNonNullElse(one.factory(), ""),
        Objects.requireNonNullElse(one.manifest(), ""),
        Output.time(one.startedAt()),
        seconds(one.startedAt(), one.endedAt()));
  }

  private static String row(String... cells) {
    return "%9s  %-11s  %-16s  %-28s  %-20s  %8s".formatted((Object[]) cells);
  }

  private static void detail(
      ExecutionSummary one, String noun, Map<String, Long> numbers, Output output) {
    output.line("Execution %d  %s  %s".formatted(one.execution(), one.job(), one.status()));
    output.line(
        "  %-9s %s%s"
            .formatted(
                noun,
                one.manifest(),
                one.factory() == null ? "" : " (factory %s)".formatted(one.factory())));
    if (one.sha256() != null) {
      output.line("  SHA-256   " + one.sha256());
    }
    output.line(
        "  started   %s   ended %s"
            .formatted(Output.time(one.startedAt()), Output.time(one.endedAt())));
    if (!numbers.isEmpty()) {
      output.line(
          "  came to   "
              + numbers.entrySet().stream()
                  .map(each -> "%,d %s".formatted(each.getValue(), each.getKey()))
                  .collect(Collectors.joining(", ")));
    }
    if (one.cause() != null) {
      output.lines("  ", "cause     " + one.cause());
    }
    output.line("");
    output.line(
        "  %-12s %-11s %12s %12s %10s %8s %9s%s"
            .formatted(
                "STEP", "STATUS", "READ", "WRITTEN", "REFUSED", "COMMITS", "SECONDS", shared(one)));
    for (StepSummary step : one.steps()) {
      output.line(
          "  %-12s %-11s %,12d %,12d %,10d %,8d %9s%s"
              .formatted(
                  step.name(),
                  step.status(),
                  step.read(),
                  step.written(),
                  step.refused(),
                  step.commits(),
                  seconds(step.startedAt(), step.endedAt()),
                  step.worker() == null ? "" : "  " + step.worker()));
    }
    one.steps().stream()
        .filter(step -> step.status().equals("FAILED") && !step.stackTrace().isBlank())
        .findFirst()
        .ifPresent(
            step -> {
              output.line("");
              output.line("  Where %s failed:".formatted(step.name()));
              step.stackTrace().lines().forEach(line -> output.line("    " + line.strip()));
            });
  }

  /** The head of a column that is there when other processes did parts of it. */
  private static String shared(ExecutionSummary one) {
    return one.steps().stream().anyMatch(step -> step.worker() != null) ? "  BY" : "";
  }

  private static String seconds(@Nullable Instant start, @Nullable Instant end) {
    return start == null || end == null
        ? ""
        : String.format(Locale.ROOT, "%.1f", Duration.between(start, end).toMillis() / 1e3);
  }
}
