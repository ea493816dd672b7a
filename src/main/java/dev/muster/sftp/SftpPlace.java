package dev.muster.sftp;

import dev.muster.arrival.Answer;
import dev.muster.arrival.Answer.Verdict;
import dev.muster.arrival.Arrival;
import dev.muster.arrival.ArrivalRefusedException;
import dev.muster.arrival.DropFolders;
import dev.muster.arrival.Place;
import dev.muster.factory.DeliveryPlace;
import dev.muster.store.Outbox.Folder;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;

/** The server as a place. */
final class SftpPlace implements Place {

  private static final String RECEIPT = "receipt.json";

  private final SftpServer server;

  SftpPlace(SftpServer server) {
    this.server = server;
  }

  @Override
  public boolean holds(URI location) {
    return server.holds(location);
  }

  @Override
  public void fetch(Arrival arrival, Path target, long mostBytes)
      throws IOException, ArrivalRefusedException {
    boolean unused =
        server.<Boolean, ArrivalRefusedException>use(
            (folders, outbox) -> {
              folders.fetch(arrival, SftpServer.at(arrival.location(), folders), target, mostBytes);
              return true;
            });
  }

  @Override
  public Optional<byte[]> signature(Arrival arrival) throws IOException {
    return server.<Optional<byte[]>, IOException>use(
        (folders, outbox) -> DropFolders.signature(SftpServer.at(arrival.location(), folders)));
  }

  /** The bundle first, the manifest last: what the archive says has happened. */
  @Override
  public URI answer(Arrival arrival, Answer answer) throws IOException {
    return server.<URI, IOException>use(
        (folders, outbox) -> {
          Folder bundle = answer.verdict() == Verdict.DONE ? answer.bundle() : null;
          Path delivered = bundle == null ? null : put(bundle, outbox.resolve(arrival.factory()));
          Path said = folders.answer(arrival, SftpServer.at(arrival.location(), folders), answer);
          return server.address(delivered == null ? said : delivered);
        });
  }

  @Override
  public DeliveryPlace name() {
    return DeliveryPlace.SFTP;
  }

  @Override
  public URI deliver(String factory, Folder bundle) throws IOException {
    return server.<URI, IOException>use(
        (folders, outbox) -> server.address(put(bundle, outbox.resolve(factory))));
  }

  /** Staged, and renamed when it is whole; does nothing when that was done before. */
  private static Path put(Folder bundle, Path folder) throws IOException {
    return bundle.here(files -> put(files, bundle.name(), folder));
  }

  private static Path put(Path bundle, String name, Path folder) throws IOException {
    Path target = folder.resolve(name);
    if (Files.exists(target.resolve(RECEIPT))) {
      return target;
    }
    Path staged = folder.resolve("." + name);
    Files.createDirectories(staged);
    try (Stream<Path> files = Files.list(bundle)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        try (var out = Files.newOutputStream(staged.resolve(String.valueOf(file.getFileName())))) {
          Files.copy(file, out);
        }
      }
    }
    Files.move(staged, target);
    return target;
  }
}
