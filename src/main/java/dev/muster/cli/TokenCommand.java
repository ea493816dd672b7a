package dev.muster.cli;

import dev.muster.access.RefusedException;
import dev.muster.exchange.IssuedToken;
import dev.muster.exchange.SingleTokens;
import dev.muster.home.SecretFile;
import dev.muster.language.Words;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;

@Command(
    name = "token",
    description = {
      "Makes a new token for a device: its first one, or one beside those that it has, which stay"
          + " good until they end. A device that is out of service gets none.",
      "",
      "It is told once, and kept nowhere. Whoever has it can send as this device. With a file,"
          + " which only its owner can read (0600), it is there and not on standard output, which"
          + " has the token alone otherwise."
    })
final class TokenCommand extends ApplicationCommand {

  @Parameters(index = "0", paramLabel = "DEVICE", description = "Its GUID.")
  private String device = "";

  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "FILE",
      description = "A new file for the token.")
  private @Nullable Path file;

  TokenCommand(Beans beans) {
    super(beans);
  }

  @Override
  public Integer call() throws IOException {
    Output output = options.output();
    UUID id = DevicesCommand.IdsConverter.one(device, output.commandLine());
    if (file == null) {
      IssuedToken issued = beans.get(SingleTokens.class).issue(id);
      if (output.json()) {
        output.json(issued);
      } else {
        output.line(issued.token());
        output.mustBeWritten();
        about(issued, output::error);
      }
      return ExitCodes.OK;
    }
    if (output.json()) {
      throw new ParameterException(
          output.commandLine(), "--json prints the token, and a file has it: say one of both.");
    }
    mustBeNew(file); // before there is a token that nobody gets
    IssuedToken issued = beans.get(SingleTokens.class).issue(id);
    try {
      SecretFile.createNew(file, issued.token() + "\n");
    } catch (FileAlreadyExistsException e) {
      throw taken(file);
    }
    about(issued, output::line);
    return ExitCodes.OK;
  }

  private void about(IssuedToken issued, Consumer<String> line) {
    Words words = beans.get(Words.class);
    line.accept("%s %s".formatted(words.of("devices.token.sends-to"), issued.address()));
    line.accept(
        "%s %s".formatted(words.of("devices.token.good-until"), Output.time(issued.expiresAt())));
  }

  private static void mustBeNew(Path file) {
    if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
      throw taken(file);
    }
  }

  private static RefusedException taken(Path file) {
    return new RefusedException(file + " is there already; it is left as it is.");
  }
}
