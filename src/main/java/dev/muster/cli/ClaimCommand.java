package dev.muster.cli;

import dev.muster.registry.ClaimCodes;
import dev.muster.registry.Installations;
import dev.muster.registry.InstalledDevice;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;

@Command(
    name = "claim",
    description = {
      "Gives a device's claim code, which stands on its label and is good once. Before that, nobody"
          + " installs the device or makes a token for it.",
      "",
      "The code is read, never written on the command line. With --building or --room the device is"
          + " installed there at the same time: both are done, or neither. What is not said of its"
          + " place stays."
    })
final class ClaimCommand extends ApplicationCommand {

  @Parameters(index = "0", paramLabel = "DEVICE", description = "Its GUID.")
  private String device = "";

  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "FILE",
      description = "What the code stands in. Without it, a line of standard input is read.")
  private @Nullable Path file;

  @Mixin private PlaceOptions place = new PlaceOptions();

  ClaimCommand(Beans beans) {
    super(beans);
  }

  @Override
  public Integer call() throws IOException {
    UUID id = DevicesCommand.IdsConverter.one(device, options.commandLine());
    String code = code();
    Installations installations = beans.get(Installations.class);
    if (place.given()) {
      var unused = place.install(installations, id, code);
    } else {
      beans.get(ClaimCodes.class).claim(id, code);
    }
    InstalledDevice claimed = installations.find(id).orElseThrow();
    Output output = options.output();
    if (output.json()) {
      output.json(claimed);
    } else {
      output.line(
          place.given()
              ? "The code of device %s is given, and the device is installed.".formatted(id)
              : "The code of device %s is given; it can be installed now.".formatted(id));
    }
    return ExitCodes.OK;
  }

  private String code() throws IOException {
    InputStream content =
        file == null
            ? System.in
            : Files.newInputStream(
                ManifestFiles.readable(List.of(file), options.commandLine()).get(0));
    String line;
    try (BufferedReader text =
        new BufferedReader(new InputStreamReader(content, StandardCharsets.UTF_8))) {
      line = text.readLine();
    }
    if (line == null || line.isBlank()) {
      throw new ParameterException(
          options.commandLine(), "There is no claim code: write it in the first line.");
    }
    return line.strip();
  }
}
