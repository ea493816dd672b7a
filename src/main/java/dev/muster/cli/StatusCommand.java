package dev.muster.cli;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import dev.muster.access.RefusedException;
import dev.muster.export.Period;
import dev.muster.run.ExecutionDetail;
import dev.muster.run.ExecutionDetail.StepProgress;
import dev.muster.run.ExecutionSummary;
import dev.muster.run.ExecutionSummary.StepSummary;
import dev.muster.run.Executions;
import dev.muster.run.RunKind;
import dev.muster.run.RunKinds;
import java.io.IOException;
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
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
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

  @Mixin private ListOptions list = new ListOptions();

  @Option(
      names = "--job",
      paramLabel = "JOB",
      description = "Of this job: provision-manifest, apply-revocations or renew-tokens.")
  private @Nullable String job;

  @Option(
      names = "--status",
      paramLabel = "STATUS",
      description = "Only these: ${COMPLETION-CANDIDATES}.")
  private Executions.@Nullable Status status;

  @Option(names = "--factory", paramLabel = "ID", description = "Of this factory.")
  private @Nullable String factory;

  @Option(
      names = "--text",
      paramLabel = "TEXT",
      description = "With this in the manifest's name, or with this number.")
  private @Nullable String text;

  @Mixin private PeriodOptions started = new PeriodOptions();

  StatusCommand(Beans beans) {
    super(beans);
  }

  @Override
  public Integer call() throws IOException {
    Output output = options.output();
    Executions executions = beans.get(Executions.class);
    if (execution == null) {
      var filter = new Executions.Filter(job, status, factory, text, started.period());
      return list.print(
          output,
          () -> executions.all(filter),
          number -> executions.page(filter, null, number),
          filter.equals(new Executions.Filter(null, null, null, null, Period.EVER))
              ? "Nothing has run yet."
              : "No execution is like that.",
          row("EXECUTION", "STATUS", "FACTORY", "MANIFEST", "STARTED", "SECONDS"),
          StatusCommand::row,
          ExecutionSummary::cause,
          "           ");
    }
    if (list.exports()) {
      throw new ParameterException(
          output.commandLine(), "--export takes a list away; say --text instead of one execution.");
    }
    ExecutionDetail found =
        executions
            .detail(execution)
            .orElseThrow(
                () ->
                    new RefusedException(
                        "There is no execution %d. jobs/status lists them.".formatted(execution)));
    if (output.json()) {
      output.json(List.of(new InDetail(found.summary(), found.progress())));
    } else {
      String noun =
          beans.get(RunKinds.class).find(found.summary().job()).map(RunKind::noun).orElse("about");
      detail(found, noun, output);
    }
    return ExitCodes.OK;
  }

  /** An execution as the list has it, and how far its run is. */
  record InDetail(@JsonUnwrapped ExecutionSummary summary, List<StepProgress> progress) {}

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

  private static void detail(ExecutionDetail found, String noun, Output output) {
    ExecutionSummary one = found.summary();
    Map<String, Long> numbers = found.numbers();
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
    for (StepProgress step : found.last() ? found.progress() : List.<StepProgress>of()) {
      Long seconds = step.secondsLeft();
      if (seconds != null) {
        output.line("  left      " + left(step, seconds));
      }
    }
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

  private static String left(StepProgress step, long seconds) {
    return "about %,d s of %s (%,d of %,d %s are done)"
        .formatted(seconds, step.step(), step.done(), step.total(), step.unit());
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
