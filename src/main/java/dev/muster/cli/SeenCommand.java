package dev.muster.cli;

import dev.muster.seen.ReportedSigns;
import dev.muster.seen.SaidSigns.Taken;
import dev.muster.seen.SeenBy;
import dev.muster.seen.SeenCsv;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(
    name = "seen",
    description = {
      "Says when devices were seen at their hub, as whoever takes their messages knows it. A file"
          + " is CSV: the header device_id,seen_at, and a line each, such as"
          + " 0b6f1c52-8f0e-4c1c-9d52-3f1a2b4c5d6e,2026-11-25T16:00:00Z. Said again it is the"
          + " same.",
      "",
      "jobs/devices --seen NEVER lists those that never were, jobs/manifests how many a manifest"
          + " has of them."
    })
final class SeenCommand extends ApplicationCommand {

  @Parameters(
      arity = "0..1",
      paramLabel = "FILE",
      description = "Without it, standard input is read.")
  private @Nullable Path file;

  SeenCommand(Beans beans) {
    super(beans);
  }

  @Override
  public Integer call() throws IOException {
    Taken taken;
    InputStream content =
        file == null
            ? System.in
            : Files.newInputStream(
                ManifestFiles.readable(List.of(file), options.commandLine()).get(0));
    try (Reader csv = new InputStreamReader(content, StandardCharsets.UTF_8)) {
      taken = beans.get(ReportedSigns.class).take(SeenCsv.rows(csv), SeenBy.COMMAND);
    }
    Output output = options.output();
    if (output.json()) {
      output.json(taken);
    }
    output.line(
        "%,d rows: %,d taken, %,d of devices that are not in the registry or have no token, %,d refused."
            .formatted(taken.rows(), taken.taken(), taken.unknown(), taken.refused()));
    taken
        .problems()
        .forEach(row -> output.error("row %,d: %s".formatted(row.row(), row.problem())));
    return taken.refused() > 0 ? ExitCodes.DONE_WITH_REJECTS : ExitCodes.OK;
  }
}
