package dev.muster.cli;

import dev.muster.access.RefusedException;
import dev.muster.bundle.AgeIdentity;
import dev.muster.bundle.BundleException;
import dev.muster.bundle.BundleOpener;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;

@Command(
    name = "open-bundle",
    description = "Decrypts parts of a bundle to standard output, for a factory without age.")
final class OpenBundleCommand implements Callable<Integer> {

  @Mixin private HelpOption help = new HelpOption();

  @Parameters(arity = "1..*", paramLabel = "FILE.age", description = "Parts of a bundle.")
  private List<Path> parts = List.of();

  @Option(
      names = "--identity",
      required = true,
      paramLabel = "KEYFILE",
      description = "The factory's age identity.")
  private Path identity = Path.of("");

  @Override
  public Integer call() throws IOException {
    Output output = help.output();
    for (Path part : parts) {
      if (!Files.isReadable(part)) {
        throw new ParameterException(
            output.commandLine(), "There is no readable file " + part + ".");
      }
    }
    if (!Files.isReadable(identity)) {
      throw new ParameterException(
          output.commandLine(), "There is no readable file " + identity + ".");
    }
    List<AgeIdentity> identities = AgeIdentity.read(identity);
    try (OutputStream out = new FileOutputStream(FileDescriptor.out)) {
      for (Path part : parts) {
        BundleOpener.open(part, identities, out);
      }
    } catch (BundleException e) {
      throw new RefusedException(String.valueOf(e.getMessage()));
    }
    return ExitCodes.OK;
  }
}
