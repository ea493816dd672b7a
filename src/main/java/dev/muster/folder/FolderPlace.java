package dev.muster.folder;

import dev.muster.arrival.Answer;
import dev.muster.arrival.Answer.Verdict;
import dev.muster.arrival.Arrival;
import dev.muster.arrival.ArrivalRefusedException;
import dev.muster.arrival.Place;
import dev.muster.home.MusterHome;
import dev.muster.home.SecretFile;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/**
 * The folder as a place. What is done moves to the archive, with the receipt beside it; what is
 * refused moves to the refused ones, and what waits for an operator stays, each with a {@code
 * .why.txt} beside it.
 */
@Component
class FolderPlace implements Place {

  private static final String SIGNATURE = ".sig";
  private static final String WHY = ".why.txt";
  private static final String RECEIPT = ".receipt.json";
  private static final int MAX_SIGNATURE_BYTES = 1024;

  private final MusterHome home;

  FolderPlace(MusterHome home) {
    this.home = home;
  }

  @Override
  public boolean holds(URI location) {
    return "file".equals(location.getScheme()) && Path.of(location).startsWith(home.inbox());
  }

  /**
   * A link costs nothing, however large the file, and stays when the file is moved away or
   * replaced.
   */
  @Override
  public void fetch(Arrival arrival, Path target) throws IOException, ArrivalRefusedException {
    Path file = Path.of(arrival.location());
    try {
      checkUnchanged(arrival, file);
      try {
        Files.createLink(target, file);
      } catch (UnsupportedOperationException | java.nio.file.FileSystemException e) {
        Files.copy(file, target); // another file system
      }
      checkUnchanged(arrival, file);
    } catch (NoSuchFileException e) {
      throw new ArrivalRefusedException(
          "%s was taken away before it was provisioned. Put it there again."
              .formatted(arrival.fileName()));
    }
  }

  private static void checkUnchanged(Arrival arrival, Path file)
      throws IOException, ArrivalRefusedException {
    if (!DroppedFile.of(file).state().equals(arrival.version())) {
      throw new ArrivalRefusedException(
          "%s was changed or replaced after it had been taken; what lies there now is taken as a new one."
              .formatted(arrival.fileName()));
    }
  }

  @Override
  public Optional<byte[]> signature(Arrival arrival) throws IOException {
    Path file = beside(Path.of(arrival.location()), SIGNATURE);
    if (!Files.isRegularFile(file) || Files.size(file) > MAX_SIGNATURE_BYTES) {
      return Optional.empty();
    }
    return Optional.of(Files.readAllBytes(file));
  }

  @Override
  public @Nullable URI answer(Arrival arrival, Answer answer) throws IOException {
    Path file = Path.of(arrival.location());
    boolean mine = Files.exists(file) && DroppedFile.of(file).state().equals(arrival.version());
    Path why = beside(file, WHY);
    if (answer.verdict() == Verdict.FAILED) {
      say(why, answer);
      return why.toUri();
    }
    boolean done = answer.verdict() == Verdict.DONE;
    Path folder = (done ? home.archive() : home.refused()).resolve(arrival.factory());
    SecretFile.createDirectories(folder);
    Path target = folder.resolve(arrival.fileName());
    if ((mine && Files.exists(target)) || Files.exists(folder.resolve(numbered(arrival)))) {
      target = folder.resolve(numbered(arrival));
    }
    if (done && answer.bundle() != null) {
      Files.copy(
          answer.bundle().resolve("receipt.json"),
          beside(target, RECEIPT),
          StandardCopyOption.REPLACE_EXISTING);
    } else {
      say(beside(target, WHY), answer);
    }
    if (mine) {
      Path signature = beside(file, SIGNATURE);
      if (Files.exists(signature)) {
        Files.move(signature, beside(target, SIGNATURE), StandardCopyOption.REPLACE_EXISTING);
      }
      Files.move(file, target);
      Files.deleteIfExists(why);
    }
    return done && answer.bundle() != null ? answer.bundle().toUri() : beside(target, WHY).toUri();
  }

  /** Names come again; what is there under this one stays. */
  private static String numbered(Arrival arrival) {
    return arrival.id() + "-" + arrival.fileName();
  }

  private static void say(Path file, Answer answer) throws IOException {
    Files.write(file, (answer.problem() + "\n").getBytes(StandardCharsets.UTF_8));
  }

  private static Path beside(Path file, String ending) {
    return file.resolveSibling(file.getFileName() + ending);
  }
}
