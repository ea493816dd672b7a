package dev.muster.cli;

import dev.muster.provisioning.SentManifest.Line;
import dev.muster.provisioning.SentManifest.State;
import dev.muster.provisioning.SentManifests;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(name = "manifests", description = "Manifests that were received, newest first.")
final class ManifestsCommand extends ApplicationCommand {

  private static final String ROW = "%-8s %-12s %-16s %12s %10s %12s %-21s %s";

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
    SentManifests manifests = beans.get(SentManifests.class);
    var filter = new SentManifests.Filter(factory, name, sha256, state, received.period());
    return list.print(
        options.output(),
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
