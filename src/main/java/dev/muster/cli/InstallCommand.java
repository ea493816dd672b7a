package dev.muster.cli;

import dev.muster.language.Words;
import dev.muster.registry.InstallationWords;
import dev.muster.registry.Installations;
import dev.muster.registry.Installations.Installation;
import java.util.UUID;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
    name = "install",
    description = {
      "Says where a device is installed, and registers it by hand when nobody knows it. What is not"
          + " said of its place stays.",
      "",
      "One that has a claim code is installed with it: jobs/claim. Its token: jobs/token."
    })
final class InstallCommand extends ApplicationCommand {

  @Parameters(paramLabel = "DEVICE", description = "Its GUID.")
  private String device = "";

  @Mixin private PlaceOptions place = new PlaceOptions();

  InstallCommand(Beans beans) {
    super(beans);
  }

  @Override
  public Integer call() {
    Output output = options.output();
    UUID id = DevicesCommand.IdsConverter.one(device, output.commandLine());
    Installation done = place.install(beans.get(Installations.class), id, null);
    if (output.json()) {
      output.json(done);
    } else {
      output.line(new InstallationWords(beans.get(Words.class)).sentence(done));
    }
    return ExitCodes.OK;
  }
}
