package dev.muster.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;

/** The manifests that a command is about. */
final class ManifestFiles {

  @Parameters(arity = "1..*", paramLabel = "FILE", description = "CSV manifests, also gzipped.")
  private List<Path> files = List.of();

  /**
   * All of them, before anything is done with the first.
   *
   * @throws ParameterException when one can't be read
   */
  List<Path> readable(CommandLine commandLine) {
    return readable(files, commandLine);
  }

  static List<Path> readable(List<Path> files, CommandLine commandLine) {
    for (Path file : files) {
      if (!Files.isRegularFile(file) || !Files.isReadable(file)) {
        throw new ParameterException(commandLine, "There is no readable file " + file + ".");
      }
    }
    return files;
  }
}
