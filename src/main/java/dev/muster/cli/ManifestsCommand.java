package dev.muster.cli;

import dev.muster.access.NotThereException;
import dev.muster.export.Period;
import dev.muster.manifest.RejectCode;
import dev.muster.provisioning.SentManifest.Line;
import dev.muster.provisioning.SentManifest.State;
import dev.muster.provisioning.SentManifests;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;

@Command(
    name = "manifests",
    description = {
      "Manifests that were received, newest first; with a number, what came of that one: counts,"
          + " steps, its bundle's files, where it came from, why rows were refused.",
      "",
      "jobs/manifests 7 --rejects > rejects.csv takes its refused rows away."
    })
final class ManifestsCommand extends ApplicationCommand {

  private static final String ROW = "%-8s %-12s %-16s %12s %10s %12s %-21s %s";

  @Parameters(arity = "0..1", paramLabel = "MANIFEST", description = "One manifest: its number.")
  private @Nullable Integer manifest;

  @Option(
      names = "--rejects",
      description = "Print all its refused rows as CSV, as rejects.csv of its bundle has them.")
  private boolean rejects;

  @Option(
      names = "--code",
      paramLabel = "CODE",
      description = "With --rejects: only those that were refused for this reason.")
  private @Nullable RejectCode code;

  @Mixin private ListOptions list = new ListOptions();

  @Option(names = "--factory", paramLabel = "ID", description = "Of this factory.")
  private @Nullable String factory;

  @Option(names = "--name", paramLabel = "TEXT", description = "With this in the name.")
  private @Nullable String name;

  @Option(names = "--sha256", paramLabel = "HEX", description = "Whose SHA-256 begins so.")
  private @Nullable String sha256;

  @Option(
      names = "--state",
      paramLabel = "STATE",
      description = "Only these: ${COMPLETION-CANDIDATES}.")
  private @Nullable State state;

  @Mixin private PeriodOptions received = new PeriodOptions();

  ManifestsCommand(Beans beans) {
    super(beans);
  }

  @Override
  public Integer call() throws IOException {
    Output output = options.output();
    var filter = new SentManifests.Filter(factory, name, sha256, state, received.period());
    if (manifest != null) {
      if (list.exports()
          || !filter.equals(new SentManifests.Filter(null, null, null, null, Period.EVER))) {
        throw new ParameterException(
            output.commandLine(), "Name a manifest, or say what manifests are like: not both.");
      }
      return one(manifest, output);
    }
    if (rejects || code != null) {
      throw new ParameterException(
          output.commandLine(), "--rejects and --code are about one manifest: say its number.");
    }
    SentManifests manifests = beans.get(SentManifests.class);
    return list.print(
        output,
        () -> manifests.all(filter),
        number -> manifests.page(filter, null, number),
        "No manifest is like that.",
        ROW.formatted(
            "MANIFEST",
            "STATE",
            "FACTORY",
            "DEVICES",
            "REJECTED",
            "NEVER SEEN",
            "RECEIVED",
            "NAME"),
        ManifestsCommand::row);
  }

  private int one(int id, Output output) throws IOException {
    if (!rejects) {
      if (code != null) {
        throw new ParameterException(output.commandLine(), "--code goes with --rejects.");
      }
      return ManifestReport.print(id, beans, output);
    }
    if (output.json()) {
      throw new ParameterException(output.commandLine(), "--rejects prints CSV, not JSON.");
    }
    SentManifests manifests = beans.get(SentManifests.class);
    if (manifests.line(id).isEmpty()) {
      throw new NotThereException("manifest", id);
    }
    manifests.writeRejects(id, code, output.commandLine().getOut());
    output.mustBeWritten();
    return ExitCodes.OK;
  }

  private static String row(Line line) {
    return ROW.formatted(
        line.id(),
        line.state(),
        line.factory(),
        "%,d".formatted(line.accepted()),
        "%,d".formatted(line.rejected()),
        line.neverSeen() == null ? "–" : "%,d".formatted(line.neverSeen()),
        Output.time(line.receivedAt()),
        line.name());
  }
}
