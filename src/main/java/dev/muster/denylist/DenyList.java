package dev.muster.denylist;

import dev.muster.access.Guarded;
import dev.muster.access.NotThereException;
import dev.muster.access.Permission;
import dev.muster.access.RefusedException;
import dev.muster.access.Requires;
import dev.muster.denylist.Destination.Outcome;
import dev.muster.denylist.ListedDevice.Status;
import dev.muster.home.FailureSentence;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.stereotype.Component;

/**
 * The deny list: all devices that are out of service, with the number of the last change as its
 * version. {@link DenyListService} publishes it as long as a service is up; here it is published by
 * commands that changed something, and looked at.
 */
@Guarded
@Component
@EnableConfigurationProperties(DenyListProperties.class)
public class DenyList {

  private static final Logger LOG = LoggerFactory.getLogger(DenyList.class);

  private static final Duration WHILE_ANOTHER_IS_AT_IT = Duration.ofMillis(100);
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final DenyListProperties properties;
  private final StatusHistory history;
  private final DenyListFiles files;
  private final List<Destination> destinations;

  DenyList(
      DenyListProperties properties,
      StatusHistory history,
      DenyListFiles files,
      List<Destination> destinations) {
    this.properties = properties;
    this.history = history;
    this.files = files;
    this.destinations = List.copyOf(destinations);
  }

  /**
   * A file of the list.
   *
   * @param from of a delta: the version it goes on from
   */
  public record PublishedFile(
      String name,
      @Nullable Long from,
      long to,
      long lines,
      long bytes,
      String sha256,
      Instant writtenAt) {}

  /**
   * Where the list is published.
   *
   * @param destination {@code files}, {@code kafka/device-status}
   * @param version up to which it has the list; null: nothing yet
   * @param publishedAt when it was last said there how far it is: files are signed anew every hour
   */
  public record Reached(
      String destination, @Nullable Long version, @Nullable Instant publishedAt) {}

  /** A file that readers fetch; its content is to be closed. */
  public record Download(String name, long bytes, InputStream content) {}

  /**
   * How the list is.
   *
   * @param version of the registry now
   * @param devices how many are on it, by status
   * @param destinations how far it is published, and when
   * @param folder where this instance has its files
   * @param keyId of the key that signed them
   */
  public record State(
      boolean enabled,
      long version,
      Map<String, Long> devices,
      List<Reached> destinations,
      Path folder,
      @Nullable String keyId,
      List<PublishedFile> files) {}

  /**
   * Publishes what changed until now, wherever the list is published; returns when this or another
   * process has done so. A destination that is away does not matter to the others.
   *
   * @return a sentence for each destination that does not have it; empty when all is well, or the
   *     list is switched off
   */
  @Requires(
      value = {Permission.HUB_REPAIR, Permission.SCHEDULE_RUN},
      audit = "deny-list.publish")
  public List<String> publishPending() {
    List<String> problems = new ArrayList<>();
    if (properties.enabled()) {
      for (Destination destination : destinations) {
        try {
          publish(destination, history.version());
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          problems.add(problem(destination, "it was interrupted."));
        } catch (Exception e) {
          LOG.warn("deny-list=not-published destination={} {}", destination.name(), e.toString());
          problems.add(problem(destination, FailureSentence.of(e)));
        }
      }
    }
    return problems;
  }

  /**
   * Makes a new snapshot, unless the last one is of this version.
   *
   * @throws RefusedException when the list is switched off, it has no key, its files can't be
   *     written, or another process does not end
   */
  @Requires(value = Permission.HUB_REPAIR, audit = "deny-list.snapshot")
  public void snapshot() throws InterruptedException {
    if (!properties.enabled()) {
      throw new RefusedException(
          "The deny list is switched off: muster.deny-list.enabled is false.");
    }
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    try {
      while (files.publish(true) == Outcome.ELSEWHERE) {
        pause(deadline);
      }
    } catch (IOException | IllegalStateException e) {
      LOG.warn("deny-list=not-published destination={} {}", files.name(), e.toString());
      throw new RefusedException(problem(files, FailureSentence.of(e)));
    }
  }

  /**
   * Opens a file of the list, as this instance has it.
   *
   * @throws NotThereException when it has none of this name
   */
  @Requires(Permission.HUB_READ)
  public Download open(String name) throws IOException {
    return files
        .open(name)
        .map(content -> new Download(name, content.length(), content.bytes()))
        .orElseThrow(
            () ->
                new NotThereException(
                    "The deny list has no file '%s' here. Look at what files it has now."
                        .formatted(name)));
  }

  /** How it is. */
  @Requires(Permission.HUB_READ)
  public State state() throws Exception {
    Map<String, Long> devices = new LinkedHashMap<>();
    Map<Status, Long> counts = history.counts();
    for (Status status : List.of(Status.REVOKED, Status.DISABLED)) {
      devices.put(status.name(), counts.getOrDefault(status, 0L));
    }
    List<Reached> reached = new ArrayList<>();
    for (Destination destination : destinations) {
      long version = destination.version();
      reached.add(
          new Reached(destination.name(), version < 0 ? null : version, destination.publishedAt()));
    }
    ListIndex index = files.index().orElse(null);
    return new State(
        properties.enabled(),
        history.version(),
        devices,
        reached,
        files.folder(),
        index == null ? null : index.keyId(),
        index == null
            ? List.of()
            : index.files().stream()
                .map(
                    file ->
                        new PublishedFile(
                            file.name(),
                            file.from(),
                            file.to(),
                            file.lines(),
                            file.bytes(),
                            file.sha256(),
                            file.writtenAt()))
                .toList());
  }

  private static void publish(Destination destination, long version) throws Exception {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (destination.version() < version) {
      if (destination.publish() == Outcome.ELSEWHERE) {
        pause(deadline);
      }
    }
  }

  private static void pause(long deadline) throws InterruptedException {
    if (System.nanoTime() > deadline) {
      throw new IllegalStateException(
          "another process is at it, and does not end. It is published as soon as that does.");
    }
    Thread.sleep(WHILE_ANOTHER_IS_AT_IT.toMillis());
  }

  private static String problem(Destination destination, String why) {
    return "The deny list is not published (%s) yet: %s".formatted(destination.name(), why);
  }
}
