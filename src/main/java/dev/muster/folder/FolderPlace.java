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
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
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
    return "file".equals(location.getScheme()) && isRoot(root(Path.of(location)));
  }

  private boolean isRoot(@Nullable Path folder) {
    return home.inbox().equals(folder) || home.revocations().equals(folder);
  }

  /** Copied, because its sender can still write to it, also after it was moved away. */
  @Override
  public void fetch(Arrival arrival, Path target) throws IOException, ArrivalRefusedException {
    try (FactoryFolder folder = folder(arrival)) {
      checkUnchanged(arrival, folder);
      try (SeekableByteChannel from = folder.open(name(arrival));
          FileChannel copy = SecretFile.open(target)) {
        Channels.newInputStream(from).transferTo(Channels.newOutputStream(copy));
      }
      checkUnchanged(arrival, folder);
    } catch (NoSuchFileException e) {
      throw new ArrivalRefusedException(
          "%s was taken away before it was provisioned. Put it there again."
              .formatted(arrival.fileName()));
    }
  }

  private static void checkUnchanged(Arrival arrival, FactoryFolder folder)
      throws IOException, ArrivalRefusedException {
    if (!unchanged(arrival, folder)) {
      throw new ArrivalRefusedException(
          "%s was changed or replaced after it had been taken; what lies there now is taken as a new one."
              .formatted(arrival.fileName()));
    }
  }

  private static boolean unchanged(Arrival arrival, FactoryFolder folder) throws IOException {
    Path file = Path.of(arrival.location());
    return DroppedFile.of(file, folder.attributes(name(arrival))).state().equals(arrival.version());
  }

  @Override
  public Optional<byte[]> signature(Arrival arrival) throws IOException {
    String name = name(arrival) + SIGNATURE;
    try (FactoryFolder folder = folder(arrival)) {
      BasicFileAttributes attributes = folder.attributes(name);
      if (!attributes.isRegularFile() || attributes.size() > MAX_SIGNATURE_BYTES) {
        return Optional.empty();
      }
      try (SeekableByteChannel channel = folder.open(name)) {
        return Optional.of(Channels.newInputStream(channel).readNBytes(MAX_SIGNATURE_BYTES));
      }
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  @Override
  public @Nullable URI answer(Arrival arrival, Answer answer) throws IOException {
    if (answer.verdict() == Verdict.FAILED) {
      try (FactoryFolder folder = folder(arrival)) {
        say(folder, name(arrival) + WHY, answer);
      }
      return URI.create(arrival.location() + WHY);
    }
    boolean done = answer.verdict() == Verdict.DONE;
    Path root = done ? home.archive() : home.refused();
    SecretFile.createDirectories(root.resolve(arrival.factory()));
    try (FactoryFolder target = FactoryFolder.open(root, arrival.factory())) {
      String name = answer(arrival, answer, target);
      return done && answer.bundle() != null
          ? answer.bundle().toUri()
          : root.resolve(arrival.factory()).resolve(name + WHY).toUri();
    }
  }

  /** Returns the name under which it is kept. */
  private String answer(Arrival arrival, Answer answer, FactoryFolder target) throws IOException {
    try (FactoryFolder folder = folder(arrival)) {
      boolean mine = folder.exists(name(arrival)) && unchanged(arrival, folder);
      String name = tell(arrival, answer, target, mine);
      if (mine) {
        if (folder.exists(name(arrival) + SIGNATURE)) {
          folder.move(name(arrival) + SIGNATURE, target, name + SIGNATURE);
        }
        folder.move(name(arrival), target, name);
        folder.delete(name(arrival) + WHY);
      }
      return name;
    } catch (NoSuchFileException e) { // the whole folder was taken away
      return tell(arrival, answer, target, false);
    }
  }

  private static String tell(Arrival arrival, Answer answer, FactoryFolder target, boolean mine)
      throws IOException {
    String name = arrival.fileName();
    if ((mine && target.exists(name)) || target.exists(numbered(arrival))) {
      name = numbered(arrival);
    }
    if (answer.verdict() == Verdict.DONE && answer.bundle() != null) {
      target.write(name + RECEIPT, Files.readAllBytes(answer.bundle().resolve("receipt.json")));
    } else {
      say(target, name + WHY, answer);
    }
    return name;
  }

  private FactoryFolder folder(Arrival arrival) throws IOException {
    Path file = Path.of(arrival.location());
    Path root = root(file);
    if (root == null || !isRoot(root)) {
      throw new IOException("%s does not lie in a factory's folder.".formatted(file));
    }
    return FactoryFolder.open(root, String.valueOf(file.getParent().getFileName()));
  }

  private static String name(Arrival arrival) {
    return String.valueOf(Path.of(arrival.location()).getFileName());
  }

  /** The folder above the factory's. */
  private static @Nullable Path root(Path file) {
    Path factory = file.getParent();
    return factory == null ? null : factory.getParent();
  }

  /** Names come again; what is there under this one stays. */
  private static String numbered(Arrival arrival) {
    return arrival.id() + "-" + arrival.fileName();
  }

  private static void say(FactoryFolder folder, String name, Answer answer) throws IOException {
    folder.write(name, (answer.problem() + "\n").getBytes(StandardCharsets.UTF_8));
  }
}
