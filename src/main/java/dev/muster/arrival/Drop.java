package dev.muster.arrival;

import dev.muster.arrival.NewArrival.Said;
import dev.muster.factory.Factories;
import dev.muster.manifest.ManifestFormat;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The rules of a drop: what senders may rely on wherever they put files down for Muster.
 *
 * <p>A file is complete when it has not changed for a while ({@link Quiet}), or when its sender
 * says so with a marker beside it, or with the trailer that its factory's format requires. An empty
 * one without a marker is not. What was answered is moved away, so what lies there again was put
 * there again.
 */
public final class Drop {

  /** The ending of the file beside another that holds the signature over it. */
  public static final String SIGNATURE = ".sig";

  /** The ending of the file beside another that says that it is complete. */
  public static final String MARKER = ".done";

  /**
   * 255, which file systems allow, without an arrival's number before it and the longest ending.
   */
  static final int MAX_NAME_BYTES = 220;

  /** Nothing larger is read as a signature. */
  public static final int MAX_SIGNATURE_BYTES = 1024;

  private static final Logger LOG = LoggerFactory.getLogger(Drop.class);

  private static final char NO_CHARACTER = '\uFFFD';

  private static final Pattern BESIDE =
      Pattern.compile("\\..*|.*\\.(?:sig|done|part|partial|tmp|why\\.txt)|.*~|~\\$.*");

  private static final Duration ASK_AGAIN = Duration.ofSeconds(5);

  private final Source source;
  private final Inbox inbox;
  private final Factories factories;
  private final Duration quiet;
  private final Clock clock;

  private final Quiet unchanged;
  private final UntakenFiles untaken;

  /** When each was last written down, so that the database is not asked about it at every look. */
  private final Map<Dropped, Instant> receivedAt = new HashMap<>();

  /** What was said already not to be readable. */
  private final Set<String> unreadBefore = new HashSet<>();

  /**
   * @param quiet how long a file without a marker must not have changed before it is taken
   */
  public Drop(Source source, Inbox inbox, Factories factories, Duration quiet, Clock clock) {
    this(source, inbox, factories, quiet, clock, System::nanoTime);
  }

  Drop(
      Source source,
      Inbox inbox,
      Factories factories,
      Duration quiet,
      Clock clock,
      LongSupplier nanoTime) {
    this.source = source;
    this.inbox = inbox;
    this.factories = factories;
    this.quiet = quiet;
    this.clock = clock;
    unchanged = new Quiet(nanoTime);
    untaken = new UntakenFiles(source, inbox, clock);
  }

  /** Whether a file of this name is a manifest or a list. */
  public static boolean isFile(String name) {
    String lower = name.toLowerCase(Locale.ROOT);
    return (lower.endsWith(".csv") || lower.endsWith(".csv.gz")) && !lower.startsWith(".");
  }

  /** Whether what Muster makes of this name, such as {@code 4711-NAME.receipt.json}, is none. */
  static boolean isTooLong(String name) {
    return name.getBytes(StandardCharsets.UTF_8).length > MAX_NAME_BYTES;
  }

  /** Whether there were bytes in this name that are no characters: so nothing is called that. */
  static boolean isMisread(String name) {
    return name.indexOf(NO_CHARACTER) >= 0;
  }

  /** Whether a file of this name belongs to another, is written still, or is Muster's answer. */
  public static boolean isBeside(String name) {
    return BESIDE.matcher(name).matches();
  }

  /**
   * Writes down what lies there complete.
   *
   * @param unread places that can't be looked at, and why: what lies in them may be there still
   * @param stillThere asks once more, at the last moment: what was just answered is not there again
   * @param tail reads a file's end; nothing of one that is gone
   */
  void saw(
      Collection<Dropped> there,
      Collection<Untaken> others,
      Map<String, IOException> unread,
      Predicate<Dropped> stillThere,
      Function<Dropped, byte[]> tail) {
    List<Untaken> left = new ArrayList<>(others);
    for (Dropped file : there) {
      Duration since = unchanged.of(file.location(), file.state());
      if (file.size() == 0 && !file.marked()) {
        if (since.compareTo(quiet.multipliedBy(Untaken.LONG_EMPTY)) > 0) {
          left.add(
              Untaken.empty(
                  Dropped.place(file.kind()) + file.factory() + "/", file.name(), file.factory()));
        }
      } else if (complete(file, since, tail) && !writtenDown(file)) {
        receive(file, stillThere);
        receivedAt.put(file, clock.instant());
      }
    }
    untaken.saw(left, unread.keySet());
    unchanged.retain(there.stream().map(Dropped::location).collect(Collectors.toSet()));
    receivedAt.keySet().retainAll(there);
    unread.forEach(
        (place, why) -> {
          if (unreadBefore.add(place)) {
            LOG.warn("drop=unread source={} place={} {}", source, place, why.toString());
          }
        });
    unreadBefore.retainAll(unread.keySet());
  }

  private boolean complete(Dropped file, Duration since, Function<Dropped, byte[]> tail) {
    return file.marked() || since.compareTo(quiet) >= 0 || (since.isZero() && whole(file, tail));
  }

  /** Asked when it has just changed; later it would say the same. */
  private boolean whole(Dropped file, Function<Dropped, byte[]> tail) {
    ManifestFormat format = file.kind().format(factories.format(file.factory()));
    return format.trailer() && format.isWhole(tail.apply(file));
  }

  /** A file may have been taken away and put back between two looks: so it is asked about again. */
  private boolean writtenDown(Dropped file) {
    Instant last = receivedAt.get(file);
    return last != null && clock.instant().isBefore(last.plus(ASK_AGAIN));
  }

  private void receive(Dropped file, Predicate<Dropped> stillThere) {
    long before = inbox.answered(source, file.id());
    if (before > 0 && !stillThere.test(file)) {
      return; // it was moved away while this looked
    }
    boolean added =
        inbox.receive(
            new NewArrival(
                file.kind(),
                source,
                before == 0 ? file.id() : file.id() + "#" + before,
                file.factory(),
                file.name(),
                file.location(),
                file.state(),
                file.size(),
                Said.NOTHING));
    if (added) {
      LOG.info(
          "arrival=received source={} factory={} file={}", source, file.factory(), file.name());
    }
  }
}
