package dev.muster.store;

import dev.muster.home.MusterHome;
import dev.muster.store.ObjectStore.Stored;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * What nobody needs any more where instances share no disk: content in the store that no place
 * names, since the last that did is done or its instance was killed; and copies that an instance
 * kept at home. Where the store is a folder, there is none of either.
 */
@Component
public class Leftovers {

  /** What is younger may be about to be needed. */
  public static final Duration LEFT_AFTER = Duration.ofDays(1);

  private static final Logger LOG = LoggerFactory.getLogger(Leftovers.class);

  private final ObjectStore store;
  private final MusterHome home;
  private final Spool spool;
  private final JsonMapper json;
  private final Clock clock;

  Leftovers(ObjectStore store, MusterHome home, Spool spool, JsonMapper json, Clock clock) {
    this.store = store;
    this.home = home;
    this.spool = spool;
    this.json = json;
    this.clock = clock;
  }

  /**
   * Deletes content that no place names. It is listed before the places are, and only deleted when
   * nobody has put it again since.
   *
   * @throws IOException also when it can't be known what a place names; then nothing is deleted
   */
  public void sweepContent() throws IOException {
    Instant old = clock.instant().minus(LEFT_AFTER);
    List<Stored> contents = store.list(ReceivedContent.CONTENT);
    Set<String> named = new HashSet<>();
    for (String folder : List.of("spool/", "uploads/")) {
      for (Stored found : store.list(folder)) {
        addNamed(found, named);
      }
    }
    for (Stored content : contents) {
      if (content.changedAt().isBefore(old) && !named.contains(content.name())) {
        store.deleteUnchanged(content);
        LOG.info("store=swept key={}", content.key());
      }
    }
  }

  private void addNamed(Stored found, Set<String> named) throws IOException {
    byte[] written;
    try (InputStream in = store.read(found.key(), 0)) {
      written = in.readAllBytes();
    } catch (NoSuchFileException e) {
      return; // its owner is done in this moment
    }
    try {
      named.add(json.readValue(written, Content.class).sha256());
    } catch (JacksonException e) {
      throw new IOException(
          "%s in the store is not understood. Nothing there is deleted until it is gone or mended."
              .formatted(found.key()),
          e);
    }
  }

  /**
   * Deletes copies at home that are old, unless a run or an upload still needs what they are of;
   * and what killed processes had kept for themselves.
   */
  public void sweepHome() throws IOException {
    spool.removeLeft();
    Instant old = clock.instant().minus(LEFT_AFTER);
    for (Path folder : List.of(home.spool(), home.staging())) {
      for (Path file : files(folder)) {
        if (Spool.changedBefore(file, old) && !isNeeded(file)) {
          Files.deleteIfExists(file);
          LOG.info("home=swept file={}", file);
        }
      }
    }
  }

  private static List<Path> files(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> files = Files.walk(folder)) {
      return files.filter(Files::isRegularFile).toList();
    }
  }

  private boolean isNeeded(Path file) throws IOException {
    Optional<String> key = spool.keyInStore(ReceivedContent.found(ReceivedContent.contentOf(file)));
    return key.isPresent() && store.find(key.get()).isPresent();
  }
}
