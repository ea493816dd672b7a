package dev.muster.cli;

import dev.muster.access.RefusedException;
import dev.muster.denylist.DenyList;
import dev.muster.denylist.DenyList.PublishedFile;
import dev.muster.denylist.DenyListVerifier;
import dev.muster.denylist.DenyListVerifier.Verified;
import dev.muster.home.MusterHome;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "deny-list",
    description = {
      "Shows the deny list: its version, the devices on it, its files, and how far each destination"
          + " has it.",
      "",
      "jobs/deny-list verify checks a published list with nothing but its files."
    },
    footer = {"", "Exit codes: 0 all well; 1 failed; 2 wrong usage."})
final class DenyListCommand extends ApplicationCommand {

  @Option(names = "--snapshot", description = "Publish a new snapshot now.")
  private boolean snapshot;

  DenyListCommand(Beans beans) {
    super(beans);
  }

  @Override
  public Integer call() throws Exception {
    Output output = options.output();
    DenyList list = beans.get(DenyList.class);
    if (snapshot) {
      list.snapshot();
    }
    DenyList.State state = list.state();
    if (output.json()) {
      output.json(state);
      return ExitCodes.OK;
    }
    output.line(
        "Deny list, version %d%s"
            .formatted(state.version(), state.enabled() ? "" : ": switched off"));
    state
        .devices()
        .forEach((status, devices) -> output.line("  %-9s %,11d".formatted(status, devices)));
    for (DenyList.Reached reached : state.destinations()) {
      output.line(
          "  published %s: %s"
              .formatted(
                  reached.destination(),
                  reached.version() == null
                      ? "nothing yet"
                      : "version %d, %s".formatted(reached.version(), reached.publishedAt())));
    }
    if (state.keyId() != null) {
      output.line("  key       " + state.keyId());
    }
    output.line("  folder    " + state.folder());
    for (PublishedFile file : state.files()) {
      output.line(
          "    %-40s %,11d lines %,14d bytes".formatted(file.name(), file.lines(), file.bytes()));
    }
    return ExitCodes.OK;
  }

  @Command(
      name = "verify",
      description =
          "Checks a published list: signature, SHA-256 of every file, the chain of deltas, and that"
              + " each snapshot follows from the one before it.")
  int verify(
      @Mixin StandardOptions subOptions,
      @Parameters(
              arity = "0..1",
              paramLabel = "DIR",
              description = "Its folder; deny-list in Muster's outbox when left out.")
          @Nullable Path folder,
      @Option(
              names = "--key",
              paramLabel = "FILE",
              description =
                  "The public key (PEM) to trust; the one beside the list when left out, which"
                      + " shows damage, not forgery.")
          @Nullable Path key) {
    Output output = subOptions.output();
    Path where = folder == null ? MusterHome.ofProcess().outbox().resolve("deny-list") : folder;
    Verified verified;
    try {
      verified = DenyListVerifier.verify(where, key);
    } catch (IOException e) {
      throw new RefusedException("The deny list in " + where + " does not hold: " + e.getMessage());
    }
    if (output.json()) {
      output.json(verified);
    } else {
      output.line(
          "Version %d, signed %s with key %s: %d snapshots, %d deltas, %,d lines. All holds."
              .formatted(
                  verified.version(),
                  verified.publishedAt(),
                  verified.keyId(),
                  verified.snapshots(),
                  verified.deltas(),
                  verified.lines()));
    }
    return ExitCodes.OK;
  }
}
