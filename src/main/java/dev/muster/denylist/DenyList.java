package dev.muster.denylist;

import dev.muster.access.Guarded;
import dev.muster.access.Permission;
import dev.muster.access.Requires;
import dev.muster.denylist.Destination.Outcome;
import dev.muster.denylist.ListedDevice.Status;
import dev.muster.home.FailureSentence;
import java.io.IOException;
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
  public record PublishedFile(String name, @Nullable Long from, long to, long lines, long bytes) {}

  /**
   * How the list is.
   *
   * @param version of the registry now
   * @param devices how many are on it, by status
   * @param destinations up to which version each has it; negative: nothing yet
   * @param publishedAt when the index of the files was signed last
   */
  public record State(
      boolean enabled,
      long version,
      Map<String, Long> devices,
      Map<String, Long> destinations,
      Path folder,
      @Nullable String keyId,
      @Nullable Instant publishedAt,
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
   * @throws IllegalStateException when the list is switched off, or another process does not end
   */
  @Requires(value = Permission.HUB_REPAIR, audit = "deny-list.snapshot")
  public void snapshot() throws IOException, InterruptedException {
    if (!properties.enabled()) {
      throw new IllegalStateException(
          "The deny list is switched off: muster.deny-list.enabled is false.");
    }
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (files.publish(true) == Outcome.ELSEWHERE) {
      pause(deadline);
    }
  }

  /** How it is. */
  @Requires(Permission.HUB_READ)
  public State state() throws Exception {
    Map<String, Long> devices = new LinkedHashMap<>();
    Map<Status, Long> counts = history.counts();
    for (Status status : List.of(Status.REVOKED, Status.DISABLED)) {
      devices.put(status.name(), counts.getOrDefault(status, 0L));
    }
    Map<String, Long> reached = new LinkedHashMap<>();
    for (Destination destination : destinations) {
      reached.put(destination.name(), destination.version());
    }
    ListIndex index = files.index().orElse(null);
    return new State(
        properties.enabled(),
        history.version(),
        devices,
        reached,
        files.folder(),
        index == null ? null : index.keyId(),
        index == null ? null : index.publishedAt(),
        index == null
            ? List.of()
            : index.files().stream()
                .map(
                    file ->
                        new PublishedFile(
                            file.name(), file.from(), file.to(), file.lines(), file.bytes()))
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
