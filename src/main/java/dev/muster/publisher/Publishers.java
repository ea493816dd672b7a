package dev.muster.publisher;

import dev.muster.access.Audited;
import dev.muster.access.Guarded;
import dev.muster.access.NotThereException;
import dev.muster.access.Permission;
import dev.muster.access.RefusedException;
import dev.muster.access.Requires;
import dev.muster.credential.HubNumbers;
import dev.muster.credential.sas.Hub;
import dev.muster.credential.sas.HubManagement;
import dev.muster.credential.sas.Hubs;
import dev.muster.database.SessionLock;
import dev.muster.publisher.HubResult.Reason;
import dev.muster.status.HubWork;
import dev.muster.status.HubWork.Open;
import dev.muster.status.HubWork.Standing;
import dev.muster.status.HubWork.Troubled;
import io.micrometer.observation.ObservationRegistry;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.function.LongConsumer;
import java.util.stream.Collectors;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.ssl.SslBundles;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.util.function.SingletonSupplier;

/** The hubs' revoked publishers: tells the hubs what is due, and how that stands. */
@Guarded
@Component
@EnableConfigurationProperties(PublisherProperties.class)
public class Publishers {

  private static final Logger LOG = LoggerFactory.getLogger(Publishers.class);

  private static final Duration LOOK_EVERY = Duration.ofMillis(200);

  /** Counting a hundred thousand takes a while, so it is done less often than it could be. */
  private static final int COUNTED_AT_MOST = 10;

  private final Hubs hubs;
  private final HubNumbers numbers;
  private final HubWork work;
  private final SessionLock sessionLock;
  private final PublisherProperties properties;
  private final ObjectProvider<SslBundles> bundles;
  private final JdbcClient jdbc;
  private final Clock clock;
  private final ObjectProvider<ObservationRegistry> observations;
  private final SingletonSupplier<List<HubDrain>> drains = SingletonSupplier.of(this::makeDrains);

  Publishers(
      Hubs hubs,
      HubNumbers numbers,
      HubWork work,
      SessionLock sessionLock,
      PublisherProperties properties,
      ObjectProvider<SslBundles> bundles,
      JdbcClient jdbc,
      Clock clock,
      ObjectProvider<ObservationRegistry> observations) {
    this.hubs = hubs;
    this.numbers = numbers;
    this.work = work;
    this.sessionLock = sessionLock;
    this.properties = properties;
    this.bundles = bundles;
    this.jdbc = jdbc;
    this.clock = clock;
    this.observations = observations;
  }

  /**
   * Tells the hubs what is due, or waits for the process that does, until they have confirmed all
   * that can be confirmed in this time.
   *
   * @param patience how long at most
   * @param lists only what these revocation lists changed is waited for; empty: everything
   * @param left told now and then how many are awaited
   * @return how each hub stands that has anything to be told, or confirmed anything
   */
  @Requires(
      value = {Permission.HUB_REPAIR, Permission.SCHEDULE_RUN},
      audit = "hub.tell")
  public List<HubResult> tell(Duration patience, Collection<Integer> lists, LongConsumer left)
      throws InterruptedException {
    Map<String, Long> before =
        standings().stream().collect(Collectors.toMap(HubView::hub, HubView::confirmed));
    if (!patience.isZero()) {
      tellAndWait(patience, lists, left);
    }
    return standings().stream()
        .map(hub -> result(hub, before.getOrDefault(hub.hub(), 0L)))
        .filter(result -> result.confirmed() > 0 || !result.complete())
        .toList();
  }

  private void tellAndWait(Duration patience, Collection<Integer> lists, LongConsumer left)
      throws InterruptedException {
    List<HubDrain> all = drains.obtain();
    List<Short> told = all.stream().map(HubDrain::number).toList();
    long deadline = System.nanoTime() + patience.toNanos();
    // Whoever waits for them may have mended what was wrong.
    told.forEach(work::resume);
    AtomicBoolean over = new AtomicBoolean();
    List<Thread> threads = new ArrayList<>();
    for (HubDrain drain : all) {
      Thread thread = new Thread(() -> keepTelling(drain, over), "hub-" + drain.name());
      thread.setDaemon(true);
      threads.add(thread);
      thread.start();
    }
    try {
      while (true) {
        long began = System.nanoTime();
        Duration within = Duration.ofNanos(Math.max(0, deadline - began));
        long awaited = work.awaited(told, within, lists);
        Duration took = Duration.ofNanos(System.nanoTime() - began);
        left.accept(awaited);
        if (awaited == 0 || System.nanoTime() > deadline) {
          return;
        }
        Thread.sleep(
            Math.max(LOOK_EVERY.toMillis(), took.multipliedBy(COUNTED_AT_MOST).toMillis()));
      }
    } finally {
      over.set(true);
      for (Thread thread : threads) {
        thread.join();
      }
    }
  }

  private void keepTelling(HubDrain drain, AtomicBoolean over) {
    while (!over.get()) {
      try {
        turn(drain, over);
        Thread.sleep(LOOK_EVERY.toMillis());
      } catch (InterruptedException e) {
        return;
      }
    }
  }

  private static void turn(HubDrain drain, AtomicBoolean over) throws InterruptedException {
    try {
      drain.turn(() -> !over.get());
    } catch (RuntimeException e) {
      LOG.warn("publishers=not-told hub={} {}", drain.name(), e.toString());
    }
  }

  List<HubDrain> drains() {
    return drains.obtain();
  }

  /** All hubs, in the order they are configured; then those that have work but are not. */
  @Requires(Permission.HUB_READ)
  public List<HubView> hubs() {
    return standings();
  }

  /** Why hubs can't be told, and what to do, by the hub; none of those that can. */
  @Requires(Permission.HUB_READ)
  public Map<String, String> untellable() {
    return standings().stream()
        .filter(hub -> hub.cannot() != null)
        .collect(Collectors.toMap(HubView::hub, hub -> String.valueOf(hub.cannot())));
  }

  /**
   * The hubs that are told and with which something is wrong, in the order they are configured.
   * Unlike {@link #hubs}, it counts nothing: the overview asks all the time.
   */
  @Requires(Permission.HUB_READ)
  public List<HubTrouble> inTrouble() {
    Map<Short, Troubled> troubled =
        work.troubled().stream().collect(Collectors.toMap(Troubled::hub, Function.identity()));
    List<HubTrouble> found = new ArrayList<>();
    if (troubled.isEmpty()) {
      return found;
    }
    int index = 0;
    for (Hub hub : hubs.all()) {
      Short number = numbers.find(hub.name()).orElse(null);
      Troubled one = number == null ? null : troubled.get(number);
      if (one != null && cannot(hub, index) == null) {
        found.add(new HubTrouble(hub.name(), one.trouble(), one.since()));
      }
      index++;
    }
    return found;
  }

  /**
   * Lets a hub be called again at once, after a pause that it did not ask for itself, and makes all
   * due that failed: whoever asks may have mended what was wrong.
   */
  @Requires(value = Permission.HUB_REPAIR, audit = "hub.tell")
  public void tellNow(@Audited("hub") String name) {
    for (int i = 0; i < hubs.all().size(); i++) {
      Hub hub = hubs.all().get(i);
      if (hub.name().equals(name)) {
        String cannot = cannot(hub, i);
        if (cannot != null) {
          throw new RefusedException(cannot);
        }
        work.tellNow(numbers.assign(List.of(name)).get(0));
        return;
      }
    }
    throw new RefusedException("There is no hub '%s' under muster.hubs.".formatted(name));
  }

  /** The hub of this name, as {@link #hubs} has it. */
  @Requires(Permission.HUB_READ)
  public HubView hub(String name) {
    return hubs().stream()
        .filter(hub -> hub.hub().equals(name))
        .findFirst()
        .orElseThrow(() -> new NotThereException("hub", name));
  }

  /** As {@link #hubs()}, for Muster itself. */
  List<HubView> standings() {
    List<Open> open = work.open();
    List<HubView> views = new ArrayList<>();
    Map<String, Row> rows = rows();
    int index = 0;
    for (Hub hub : hubs.all()) {
      views.add(
          view(rows.getOrDefault(hub.name(), Row.NONE), hub, hub.name(), cannot(hub, index), open));
      index++;
    }
    rows.forEach(
        (name, row) -> {
          if (hubs.find(name).isEmpty()
              && open.stream().anyMatch(one -> one.hub() == row.number())) {
            views.add(
                view(
                    row,
                    null,
                    name,
                    "It is not configured any more. Configure it again under muster.hubs.",
                    open));
          }
        });
    return views;
  }

  /** Why a hub can't be told anything, and what to do; null when it can. */
  @Nullable String cannot(Hub hub, int index) {
    if (hubs.development()) {
      return "The development hub does not exist, so nobody is told. Configure muster.hubs for real"
          + " ones.";
    }
    return hub.management() == null
        ? "Muster may not manage this hub, so it is not told. Set muster.hubs[%1$d].manage-key-name and .manage-key (a shared access policy with Manage), or muster.hubs[%1$d].manage-with-identity=true."
            .formatted(index)
        : null;
  }

  private record Row(short number, String keyInUse, long devices) {
    private static final Row NONE = new Row((short) 0, "PRIMARY", 0);
  }

  private Map<String, Row> rows() {
    Map<String, Row> rows = new HashMap<>();
    jdbc.sql(
            """
            SELECT name, hub_id, key_in_use,
                   (SELECT coalesce(sum(devices), 0) FROM loaded_lines l WHERE l.hub_id = h.hub_id)
              FROM hub h ORDER BY name\
            """)
        .query(
            row -> {
              rows.put(
                  row.getString(1), new Row(row.getShort(2), row.getString(3), row.getLong(4)));
            });
    return rows;
  }

  private HubView view(
      Row row, @Nullable Hub hub, String name, @Nullable String cannot, List<Open> open) {
    Standing standing = work.standing(row.number());
    List<Open> own = open.stream().filter(one -> one.hub() == row.number()).toList();
    List<Reason> reasons = new ArrayList<>();
    long pending = 0;
    for (Open one : own) {
      if (one.problem() == null) {
        pending = one.publishers();
      } else {
        reasons.add(new Reason(one.problem(), one.publishers(), one.example()));
      }
    }
    return new HubView(
        name,
        hub == null ? null : hub.namespace(),
        hub == null ? null : hub.eventHub(),
        hub == null ? null : hub.keyName(),
        hub != null && hub.secondaryKey() != null,
        hub == null ? 0 : hub.weight(),
        hub != null && !hubs.accepting().contains(hub),
        row.devices(),
        row.keyInUse(),
        hub == null || cannot != null ? null : toldBy(hub.management()),
        cannot,
        standing.confirmed(),
        pending,
        reasons.stream().mapToLong(Reason::publishers).sum(),
        reasons,
        standing.trouble(),
        standing.problem(),
        standing.problemAt(),
        standing.pausedUntil());
  }

  private static @Nullable String toldBy(@Nullable HubManagement management) {
    if (management instanceof HubManagement.Policy policy) {
      return policy.keyName();
    }
    return management == null ? null : "identity";
  }

  private static HubResult result(HubView hub, long confirmedBefore) {
    return new HubResult(
        hub.hub(),
        hub.confirmed() - confirmedBefore,
        hub.pending(),
        hub.failed(),
        hub.reasons(),
        hub.cannot() == null ? hub.problem() : hub.cannot());
  }

  private List<HubDrain> makeDrains() {
    List<HubDrain> made = new ArrayList<>();
    if (hubs.development()) {
      return made;
    }
    List<Short> known = numbers.assign(hubs.all().stream().map(Hub::name).toList());
    SSLContext trust =
        properties.sslBundle() == null || properties.sslBundle().isBlank()
            ? null
            : bundles.getObject().getBundle(properties.sslBundle()).createSslContext();
    for (int i = 0; i < known.size(); i++) {
      Hub hub = hubs.all().get(i);
      HubManagement management = hub.management();
      if (management != null) {
        made.add(
            new HubDrain(
                hub.name(),
                known.get(i),
                new HubClient(
                    hub,
                    authorization(hub, management),
                    trust,
                    properties,
                    clock,
                    observations.getIfAvailable(() -> ObservationRegistry.NOOP)),
                work,
                sessionLock,
                properties));
      }
    }
    return made;
  }

  private Authorization authorization(Hub hub, HubManagement management) {
    return management instanceof HubManagement.Policy policy
        ? new Authorization.OfPolicy(hub, policy, clock)
        : new Authorization.OfIdentity();
  }
}
