package dev.muster.revocation;

import dev.muster.factory.Factories;
import dev.muster.factory.Factory;
import dev.muster.manifest.ManifestFormat;
import dev.muster.manifest.ManifestRange;
import dev.muster.manifest.RejectLimit;
import dev.muster.manifest.Rejected;
import dev.muster.manifest.RevocationEntry;
import dev.muster.manifest.RevocationRowReader;
import dev.muster.registry.Manifest;
import dev.muster.registry.Manifests;
import dev.muster.revocation.ListChunks.Chunk;
import dev.muster.run.RunOutcome;
import dev.muster.status.StatusAction;
import dev.muster.status.StatusChanges;
import dev.muster.status.StatusChanges.Authority;
import dev.muster.status.StatusChanges.Foreseen;
import dev.muster.status.StatusChanges.SomeEntries;
import dev.muster.status.StatusEntries;
import dev.muster.status.StatusVerdict;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Transactional;

/** Holds a list against the registry before anything of it is applied. */
@Component
class WeighedLists {

  private final RevocationLists lists;
  private final StatusChanges changes;
  private final Factories factories;
  private final Ceilings ceilings;
  private final Manifests manifests;
  private final RevocationProperties properties;
  private final Clock clock;

  WeighedLists(
      RevocationLists lists,
      StatusChanges changes,
      Factories factories,
      Ceilings ceilings,
      Manifests manifests,
      RevocationProperties properties,
      Clock clock) {
    this.lists = lists;
    this.changes = changes;
    this.factories = factories;
    this.ceilings = ceilings;
    this.manifests = manifests;
    this.properties = properties;
    this.clock = clock;
  }

  /**
   * A list that is to be weighed.
   *
   * @param factory whose it is; null: an operator's
   * @param limit how many of its rows may be rejected; null: as is said of its factory, or of all
   */
  record Unweighed(
      Path content,
      ManifestFormat format,
      ManifestRange data,
      String sha256,
      long rows,
      @Nullable String factory,
      @Nullable RejectLimit limit) {}

  /**
   * Reads it to its end.
   *
   * @param rejects gets the rows that would be rejected: first those that can't be read, each in
   *     the order of their lines
   * @param rowsSeen is told now and then how many were read
   */
  @Transactional
  public ListEffect weigh(Unweighed list, Consumer<Rejected> rejects, LongConsumer rowsSeen)
      throws IOException {
    Map<String, Long> rejectedByCode = new TreeMap<>();
    Consumer<Rejected> counting =
        reject -> {
          rejectedByCode.merge(reject.code().name(), 1L, Long::sum);
          rejects.accept(reject);
        };
    Authority authority = lists.authority("", null, list.factory());
    long[] read = new long[3]; // rows, entries for later, of those out of service
    StatusEntries later = new StatusEntries();
    Foreseen foreseen;
    try (ListChunks chunks =
        new ListChunks(
            new RevocationRowReader(list.content(), list.format(), list.data()),
            properties.chunkRows(),
            clock)) {
      boolean[] more = {true};
      foreseen =
          changes.foresee(
              () -> {
                if (!more[0]) {
                  return null;
                }
                Chunk chunk = chunks.next();
                more[0] = chunk.more();
                chunk.rejects().forEach(counting);
                read[1] += chunk.later().size();
                read[2] += chunk.later().stream().filter(WeighedLists::outOfService).count();
                read[0] += chunk.rows();
                rowsSeen.accept(read[0]);
                later.clear();
                chunk.later().forEach(entry -> add(entry, later));
                return new SomeEntries(chunk.entries(), later);
              },
              authority);
    }
    lists.forEachRefused(counting);
    return effect(list, foreseen, rejectedByCode, read[1], read[2]);
  }

  private ListEffect effect(
      Unweighed list,
      Foreseen foreseen,
      Map<String, Long> rejectedByCode,
      long later,
      long laterOut) {
    Map<String, Long> changed = byAction(foreseen, StatusVerdict.CHANGED);
    Map<String, Long> unknown = byAction(foreseen, StatusVerdict.KEPT_UNKNOWN);
    long rejected = RunOutcome.sum(rejectedByCode);
    Optional<Factory> factory =
        list.factory() == null ? Optional.empty() : factories.find(list.factory());
    RejectLimit limit =
        list.limit() != null
            ? list.limit()
            : factory
                .map(Factory::maxRejects)
                .map(RejectLimit::valueOf)
                .orElse(properties.maxRejects());
    Ceilings.Most most = ceilings.of(list.factory());
    long out = changed(foreseen, true);
    long back = changed(foreseen, false);
    return new ListEffect(
        changed,
        unknown,
        RunOutcome.sum(byAction(foreseen, StatusVerdict.UNCHANGED)),
        later,
        foreseen.behind(),
        foreseen.leftBehind(),
        rejected,
        rejectedByCode,
        limit.toString(),
        limit.exceededBy(rejected, list.rows()),
        out + laterOut + foreseen.laterOut(),
        back + later - laterOut + foreseen.laterBack(),
        most.ceiling(),
        most.devices(),
        manifests.ofContent(list.sha256(), list.factory()).map(Manifest::id).orElse(null));
  }

  private static long changed(Foreseen foreseen, boolean outOfService) {
    return foreseen.outcomes().entrySet().stream()
        .filter(outcome -> outcome.getKey().verdict().changed())
        .filter(outcome -> outOfService(outcome.getKey().action()) == outOfService)
        .mapToLong(Map.Entry::getValue)
        .sum();
  }

  private static Map<String, Long> byAction(Foreseen foreseen, StatusVerdict verdict) {
    Map<String, Long> counts = new TreeMap<>();
    foreseen.outcomes().entrySet().stream()
        .filter(outcome -> outcome.getKey().verdict() == verdict)
        .forEach(
            outcome ->
                counts.merge(outcome.getKey().action().word(), outcome.getValue(), Long::sum));
    return counts;
  }

  private static void add(RevocationEntry entry, StatusEntries entries) {
    entries.add(
        entry.guidHigh(),
        entry.guidLow(),
        Math.toIntExact(entry.line()),
        StatusAction.of(entry.action()),
        "",
        entry.behind());
  }

  private static boolean outOfService(RevocationEntry entry) {
    return outOfService(StatusAction.of(entry.action()));
  }

  private static boolean outOfService(StatusAction action) {
    return action == StatusAction.REVOKE || action == StatusAction.DISABLE;
  }
}
