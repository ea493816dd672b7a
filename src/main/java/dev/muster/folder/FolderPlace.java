package dev.muster.folder;

import dev.muster.arrival.Answer;
import dev.muster.arrival.Arrival;
import dev.muster.arrival.ArrivalRefusedException;
import dev.muster.arrival.DropFolders;
import dev.muster.arrival.Place;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The folder as a place: its bundles lie in the outbox beside it. */
final class FolderPlace implements Place {

  private final DropFolders folders;

  FolderPlace(DropFolders folders) {
    this.folders = folders;
  }

  @Override
  public boolean holds(URI location) {
    return "file".equals(location.getScheme())
        && (Path.of(location).startsWith(folders.manifests())
            || Path.of(location).startsWith(folders.revocations()));
  }

  @Override
  public void fetch(Arrival arrival, Path target, long mostBytes)
      throws IOException, ArrivalRefusedException {
    folders.fetch(arrival, Path.of(arrival.location()), target, mostBytes);
  }

  @Override
  public Optional<byte[]> signature(Arrival arrival) throws IOException {
    return DropFolders.signature(Path.of(arrival.location()));
  }

  @Override
  public @Nullable URI answer(Arrival arrival, Answer answer) throws IOException {
    Path said = folders.answer(arrival, Path.of(arrival.location()), answer);
    return answer.brings() != null ? answer.brings().uri() : said == null ? null : said.toUri();
  }
}
