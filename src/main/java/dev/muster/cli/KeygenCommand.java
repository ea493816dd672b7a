package dev.muster.cli;

import dev.muster.access.RefusedException;
import dev.muster.bundle.AgeIdentity;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
    name = "keygen",
    description =
        "Makes an age identity, in a file that only its owner can read (0600), and prints its"
            + " public key.")
final class KeygenCommand implements Callable<Integer> {

  @Mixin private HelpOption help = new HelpOption();

  @Parameters(paramLabel = "FILE", description = "A new file for the identity.")
  private Path file = Path.of("");

  @Override
  public Integer call() throws IOException {
    Output output = help.output();
    AgeIdentity identity = AgeIdentity.generate();
    try {
      identity.writeNew(file);
    } catch (FileAlreadyExistsException e) {
      throw new RefusedException(file + " is there already; it is left as it is.");
    }
    output.line(identity.recipient().publicKey());
    return ExitCodes.OK;
  }
}
