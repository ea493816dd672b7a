package dev.muster.sftp;

import static java.nio.file.StandardCopyOption.REPLACE_EXISTING;

import dev.muster.arrival.Answer;
import dev.muster.arrival.Arrival;
import dev.muster.arrival.ArrivalRefusedException;
import dev.muster.arrival.DropFolders;
import dev.muster.arrival.Place;
import dev.muster.factory.DeliveryPlace;
import dev.muster.store.Outbox;
import dev.muster.store.Outbox.Folder;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The server as a place. */
final class SftpPlace implements Place {

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
  public @Nullable URI answer(Arrival arrival, Answer answer) throws IOException {
    Folder bundle = answer.brings();
    return bundle == null
        ? server.<@Nullable URI, IOException>use(
            (folders, outbox) -> {
              Path said = said(folders, arrival, answer);
              return said == null ? null : server.address(said);
            })
        : bundle.here(
            files ->
                server.<URI, IOException>use(
                    (folders, outbox) -> {
                      Path delivered = put(files, bundle.name(), outbox.resolve(arrival.factory()));
                      Path unused = said(folders, arrival, answer);
                      return server.address(delivered);
                    }));
  }

  private static @Nullable Path said(DropFolders folders, Arrival arrival, Answer answer)
      throws IOException {
    return folders.answer(arrival, SftpServer.at(arrival.location(), folders), answer);
  }

  @Override
  public DeliveryPlace name() {
    return DeliveryPlace.SFTP;
  }

  /** What is fetched for it comes here first: a server ends a session in which nothing happens. */
  @Override
  public URI deliver(String factory, Folder bundle) throws IOException {
    return bundle.here(
        files ->
            server.<URI, IOException>use(
                (folders, outbox) ->
                    server.address(put(files, bundle.name(), outbox.resolve(factory)))));
  }

  /** Staged, and renamed when it is whole; does nothing when that was done before. */
  private static Path put(Path bundle, String name, Path folder) throws IOException {
    Path target = folder.resolve(name);
    if (Files.exists(target.resolve(Outbox.RECEIPT))) {
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
    if (Files.isDirectory(target)) {
      fill(target, staged); // its factory took away what was in it, and asked again
    } else {
      Files.move(staged, target);
    }
    return target;
  }

  private static void fill(Path target, Path staged) throws IOException {
    try (Stream<Path> files = Files.list(staged)) {
      for (Path file : files.filter(file -> !file.endsWith(Outbox.RECEIPT)).toList()) {
        Files.move(file, target.resolve(file.getFileName()), REPLACE_EXISTING);
      }
    }
    Files.move(staged.resolve(Outbox.RECEIPT), target.resolve(Outbox.RECEIPT), REPLACE_EXISTING);
    Files.delete(staged);
  }
}
