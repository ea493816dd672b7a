package dev.muster.cli;

import dev.muster.access.RefusedException;
import dev.muster.credential.sas.Hub;
import dev.muster.credential.sas.Hubs;
import dev.muster.publisher.Publishers;
import dev.muster.publisher.Reconciliation;
import dev.muster.publisher.ReconciliationReport;
import dev.muster.publisher.ReconciliationReport.HubReconciled;
import dev.muster.status.RevokedAtHub;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;

@Command(
    name = "reconcile",
    description = {
      "Compares the hubs' own lists of revoked publishers with the registry, reports what differs,"
          + " and tells the hubs how it should be.",
      "",
      "Names at a hub that the registry does not know are reported and left alone."
    },
    footer = {
      "",
      "Exit codes: 0 every hub was compared, and repaired; 1 some hub was not; 2 wrong usage."
    })
final class ReconcileCommand extends ApplicationCommand {

  @Parameters(arity = "0..*", paramLabel = "HUB", description = "Only these hubs.")
  private List<String> names = List.of();

  @Option(names = "--dry-run", description = "Only report.")
  private boolean dryRun;

  @Option(
      names = "--wait",
      paramLabel = "DURATION",
      converter = WaitConverter.class,
      description =
          "How long to wait for the hubs to confirm what is repaired (default ${DEFAULT-VALUE}). 0:"
              + " not at all; jobs/serve tells them.",
      defaultValue = "10m")
  private Duration wait = Duration.ZERO;

  ReconcileCommand(Beans beans) {
    super(beans);
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    Output output = options.output();
    check(output);
    Reconciliation reconciliation = beans.get(Reconciliation.class);
    ReconciliationReport report =
        reconciliation
            .run(names, !dryRun)
            .orElseThrow(
                () -> new RefusedException("Another process compares the hubs at this moment."));
    if (output.json()) {
      output.json(report);
    } else {
      report.hubs().forEach(hub -> print(hub, output));
      output.line("  report    " + reconciliation.file(report));
    }
    boolean complete = report.complete();
    if (report.hubs().stream().anyMatch(hub -> hub.repaired() > 0)) {
      var told = beans.get(Publishers.class).tell(wait, List.of(), left -> {});
      HubReport.print(told, output);
      complete &=
          told.stream()
              .filter(hub -> names.isEmpty() || names.contains(hub.hub()))
              .allMatch(hub -> hub.complete() || wait.isZero());
    }
    return complete ? ExitCodes.OK : ExitCodes.FAILED;
  }

  private void check(Output output) {
    List<String> known = beans.get(Hubs.class).all().stream().map(Hub::name).toList();
    for (String name : names) {
      if (!known.contains(name)) {
        throw new ParameterException(
            output.commandLine(),
            "There is no hub '%s'. There is: %s."
                .formatted(name, known.stream().collect(Collectors.joining(", "))));
      }
    }
  }

  private static void print(HubReconciled hub, Output output) {
    if (hub.problem() != null) {
      output.line("Hub %s was not compared: %s".formatted(hub.hub(), hub.problem()));
      return;
    }
    output.line("Hub %s has revoked %,d publishers".formatted(hub.hub(), hub.listed()));
    for (RevokedAtHub.Difference difference : hub.differences()) {
      output.line("  %-48s %,9d".formatted(sentence(difference.kind()), difference.publishers()));
      difference.first().stream().limit(3).forEach(name -> output.line("    " + name));
    }
    if (hub.differences().isEmpty()) {
      output.line("  nothing differs");
    }
    if (hub.repaired() > 0) {
      output.line("  %-48s %,9d".formatted("to be told again", hub.repaired()));
    }
  }

  private static String sentence(RevokedAtHub.Kind kind) {
    return switch (kind) {
      case REVOKED_AT_HUB_ONLY -> "revoked there, in service here";
      case NOT_REVOKED_AT_HUB -> "not revoked there, out of service here";
      case UNKNOWN -> "revoked there, unknown here; left alone";
      case NOT_A_GUID -> "revoked there, no device's name; left alone";
    };
  }
}
