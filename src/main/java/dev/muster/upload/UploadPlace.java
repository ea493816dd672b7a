package dev.muster.upload;

import dev.muster.arrival.Answer;
import dev.muster.arrival.Answer.Verdict;
import dev.muster.arrival.Arrival;
import dev.muster.arrival.ArrivalRefusedException;
import dev.muster.arrival.Place;
import dev.muster.home.MusterHome;
import dev.muster.home.SecretFile;
import java.io.IOException;
import java.net.URI;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/**
 * The uploaded files as a place. Who sent one sees in the console, or asks the API, what became of
 * it, so the answer is only that the file goes when it is needed no longer.
 */
@Component
class UploadPlace implements Place {

  private final MusterHome home;

  UploadPlace(MusterHome home) {
    this.home = home;
  }

  @Override
  public boolean holds(URI location) {
    return "file".equals(location.getScheme()) && Path.of(location).startsWith(home.uploads());
  }

  @Override
  public void fetch(Arrival arrival, Path target) throws IOException, ArrivalRefusedException {
    try {
      linkOrCopy(Path.of(arrival.location()), target);
    } catch (NoSuchFileException e) {
      throw new ArrivalRefusedException(
          "The uploaded file is gone: it was removed when this arrival was done or refused. Send it"
              + " again.");
    }
  }

  /** Nobody else writes to uploads, so a link does: it costs nothing and stays. */
  private static void linkOrCopy(Path file, Path target) throws IOException {
    try {
      Files.createLink(target, file);
    } catch (NoSuchFileException | FileAlreadyExistsException e) {
      throw e;
    } catch (UnsupportedOperationException | FileSystemException e) { // another file system
      try (FileChannel out = SecretFile.open(target)) {
        Files.copy(file, Channels.newOutputStream(out));
      }
    }
  }

  /** It comes with the upload. */
  @Override
  public Optional<byte[]> signature(Arrival arrival) {
    return Optional.empty();
  }

  @Override
  public @Nullable URI answer(Arrival arrival, Answer answer) throws IOException {
    if (answer.verdict() != Verdict.FAILED) {
      Files.deleteIfExists(Path.of(arrival.location()));
    }
    return answer.bundle() == null ? null : answer.bundle().toUri();
  }
}
