package dev.muster.renewal;

import dev.muster.access.Audited;
import dev.muster.access.Callers;
import dev.muster.access.Guarded;
import dev.muster.access.Permission;
import dev.muster.access.Requires;
import dev.muster.bundle.Bundles;
import dev.muster.bundle.Published;
import dev.muster.bundle.Purpose;
import dev.muster.credential.TokenLifetimes;
import dev.muster.database.SessionLock;
import dev.muster.factory.Factories;
import dev.muster.factory.Factory;
import dev.muster.renewal.Renewals.Asked;
import dev.muster.run.OperationRefusedException;
import dev.muster.run.RunLock;
import dev.muster.run.RunOutcome;
import dev.muster.run.RunStart;
import dev.muster.run.RunUnderWayException;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.batch.core.job.Job;
import org.springframework.batch.core.job.JobExecution;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionOperations;

/**
 * Starts runs of the job {@code renew-tokens}, and continues them. At most one process of all
 * decides which renewals are to be made.
 */
@Guarded
@Component
public class RenewalRuns {

  private static final String AFTER_ABANDON =
      "Execution %d of this renewal was abandoned; renew again.";

  private final Job renewTokens;
  private final RunStart runStart;
  private final RunLock runLock;
  private final Renewals renewals;
  private final Reassignments reassignments;
  private final Factories factories;
  private final Bundles bundles;
  private final Published published;
  private final TransactionOperations transaction;
  private final SessionLock sessionLock;
  private final RenewalProperties properties;
  private final Duration usualLifetime;
  private final Clock clock;

  RenewalRuns(
      Job renewTokens,
      RunStart runStart,
      RunLock runLock,
      Renewals renewals,
      Reassignments reassignments,
      Factories factories,
      Bundles bundles,
      Published published,
      TransactionOperations transaction,
      SessionLock sessionLock,
      RenewalProperties properties,
      TokenLifetimes lifetimes,
      Clock clock) {
    this.renewTokens = renewTokens;
    this.runStart = runStart;
    this.runLock = runLock;
    this.renewals = renewals;
    this.reassignments = reassignments;
    this.factories = factories;
    this.bundles = bundles;
    this.published = published;
    this.transaction = transaction;
    this.sessionLock = sessionLock;
    this.properties = properties;
    this.usualLifetime = lifetimes.ofRenewals();
    this.clock = clock;
  }

  /**
   * Renews the tokens that end soon, factory by factory. What was begun before and broken off is
   * continued first.
   *
   * @param factory one factory only; null: all
   * @param within tokens that end within this time; null: as configured, see {@link
   *     RenewalProperties#within(Duration)}
   * @param tokenLifetime how long the new ones live; null: as their factory has it, or else as
   *     configured
   */
  @Requires(value = Permission.TOKEN_RENEW, slow = true)
  public List<RenewalOutcome> renew(
      @Audited("factory") @Nullable String factory,
      @Audited("within") @Nullable Duration within,
      @Audited("tokenLifetime") @Nullable Duration tokenLifetime) {
    return alone(
        () -> {
          List<RenewalOutcome> outcomes = new ArrayList<>(continueUnfinished(factory));
          outcomes.addAll(make(soon(within, factory, tokenLifetime), tokenLifetime));
          return outcomes;
        });
  }

  /** What {@link #renew} would do now. Changes nothing. */
  @Requires(value = Permission.TOKEN_RENEW, readOnly = true)
  public List<RenewalOutcome> preview(
      @Nullable String factory, @Nullable Duration within, @Nullable Duration tokenLifetime) {
    return preview(soon(within, factory, tokenLifetime));
  }

  /**
   * Gives devices that somebody chose a new token, or has them move to where the weights want them,
   * a renewal for each factory. All are requested at once, so that what is broken off goes on.
   *
   * @param purpose {@code RENEW} or {@code REASSIGN}
   * @param hub {@code REASSIGN}: the hub that is set apart; null: where the weights want them
   */
  @Requires(
      value = {Permission.TOKEN_RENEW, Permission.HUB_REPAIR},
      audit = "device.renew-chosen",
      slow = true)
  public List<RenewalOutcome> renewChosen(
      @Audited("purpose") Purpose purpose,
      @Audited("choice") UUID choice,
      @Audited("hub") @Nullable String hub) {
    Callers.mustMay(permission(purpose));
    Short to = apart(hub);
    return alone(
        () -> {
          if (renewals.requested(choice)) {
            throw new OperationRefusedException(
                "New tokens for these devices were requested already. Their executions say how far"
                    + " they are.");
          }
          List<Renewal> requested =
              Objects.requireNonNull(
                  transaction.execute(status -> request(Asked.ofChosen(purpose, choice, to))));
          return requested.stream().map(one -> runUnlessUnderWay(one, Map.of())).toList();
        });
  }

  /** What {@link #renewChosen} would do now. Changes nothing. */
  @Requires(
      value = {Permission.TOKEN_RENEW, Permission.HUB_REPAIR},
      readOnly = true)
  public List<RenewalOutcome> previewChosen(Purpose purpose, UUID choice, @Nullable String hub) {
    Callers.mustMay(permission(purpose));
    return preview(Asked.ofChosen(purpose, choice, apart(hub)), null);
  }

  private @Nullable Short apart(@Nullable String hub) {
    return hub == null ? null : reassignments.apart(hub);
  }

  private static Permission permission(Purpose purpose) {
    return purpose == Purpose.REASSIGN ? Permission.HUB_REPAIR : Permission.TOKEN_RENEW;
  }

  private List<Renewal> request(Asked asked) {
    return renewals.due(asked, null).stream()
        .filter(due -> due.ready() > 0 && factories.find(due.factory()).isPresent())
        .map(due -> add(due.factory(), asked, lifetime(due.factory())))
        .toList();
  }

  private Renewal add(String factory, Asked asked, Duration lifetime) {
    Instant now = clock.instant().truncatedTo(ChronoUnit.MICROS);
    Instant expiry = now.plus(lifetime).truncatedTo(ChronoUnit.SECONDS);
    return renewals.add(factory, asked, now, expiry);
  }

  /** How long a factory's new tokens live when nobody says. */
  private Duration lifetime(String factory) {
    return factories.find(factory).map(Factory::tokenLifetime).orElse(usualLifetime);
  }

  List<RenewalOutcome> preview(Asked asked, @Nullable String factory) {
    return preview(due(asked, factory));
  }

  private List<RenewalOutcome> preview(List<Due> all) {
    return all.stream()
        .map(
            due ->
                notMade(
                    due.devices(),
                    due.asked(),
                    factories.find(due.devices().factory()).isEmpty()
                        ? RenewalOutcome.FACTORY_REMOVED
                        : RenewalOutcome.DUE))
        .toList();
  }

  RunOutcome restart(JobExecution last) {
    long began = System.nanoTime();
    Renewal renewal = renewals.get(RenewalParameters.renewalOf(last));
    if (renewal.abandonedAt() != null) { // killed before its execution said so
      throw new OperationRefusedException(AFTER_ABANDON.formatted(last.getId()));
    }
    RenewalOutcome outcome = run(renewal, Map.of());
    return new RunOutcome(
        RenewTokensJob.JOB,
        renewal.bundle(),
        renewal.factory(),
        "",
        Objects.requireNonNull(outcome.execution()),
        outcome.status(),
        outcome.devices(),
        outcome.tokens(),
        null,
        null,
        0L,
        Map.of(),
        List.of(),
        RunOutcome.secondsSince(began),
        outcome.outbox(),
        outcome.cause(),
        null,
        outcome.well() ? RunOutcome.Ending.DELIVERED : RunOutcome.Ending.FAILED);
  }

  /** Gives a renewal up; its devices can be selected again. */
  void abandon(JobExecution execution) throws IOException {
    Renewal renewal = renewals.get(RenewalParameters.renewalOf(execution));
    Integer bundle = renewal.bundleId();
    if (bundle != null && published.is(bundle)) {
      throw new OperationRefusedException(
          "Execution %d can't be given up: its bundle was published, and somebody may hold its tokens. Its devices have them now; restarted, it comes to its end."
              .formatted(execution.getId()));
    }
    transaction.executeWithoutResult(
        status -> {
          runLock.hold(execution);
          renewals.abandon(renewal.id(), clock.instant());
          if (bundle != null) {
            bundles.giveUp(bundle, clock.instant());
          }
        });
    if (bundle != null) {
      published.removeStaged(bundle);
    }
  }

  /** A factory's devices for which something is due, and what. */
  private record Due(Asked asked, DueDevices devices) {}

  private List<Due> due(Asked asked, @Nullable String factory) {
    return renewals.due(asked, factory).stream().map(devices -> new Due(asked, devices)).toList();
  }

  /** What ends soon; how soon that is depends on how long the new tokens live. */
  private List<Due> soon(
      @Nullable Duration within, @Nullable String factory, @Nullable Duration tokenLifetime) {
    if (within != null) {
      return due(endingWithin(within), factory);
    }
    List<Due> all = new ArrayList<>();
    for (Due due : due(endingWithin(properties.within()), factory)) {
      String whose = due.devices().factory();
      Duration own = properties.within(tokenLifetime == null ? lifetime(whose) : tokenLifetime);
      if (own.equals(properties.within())) {
        all.add(due);
      } else {
        all.addAll(due(endingWithin(own), whose));
      }
    }
    return all;
  }

  private Asked endingWithin(Duration within) {
    return Asked.endingBefore(clock.instant().plus(within).truncatedTo(ChronoUnit.SECONDS));
  }

  /** Goes on with what was begun and broken off; to be called {@link #alone}. */
  List<RenewalOutcome> continueUnfinished(@Nullable String factory) {
    return renewals.unfinished().stream()
        .filter(renewal -> factory == null || factory.equals(renewal.factory()))
        .map(renewal -> runUnlessUnderWay(renewal, Map.of()))
        .toList();
  }

  /** Makes what is due, a renewal for each factory; to be called {@link #alone}. */
  List<RenewalOutcome> make(
      Asked asked, @Nullable String factory, @Nullable Duration tokenLifetime) {
    return make(due(asked, factory), tokenLifetime);
  }

  private List<RenewalOutcome> make(List<Due> all, @Nullable Duration tokenLifetime) {
    List<RenewalOutcome> outcomes = new ArrayList<>();
    for (Due one : all) {
      DueDevices due = one.devices();
      if (due.ready() == 0) {
        outcomes.add(notMade(due, one.asked(), RenewalOutcome.NOTHING_DUE));
      } else if (factories.find(due.factory()).isEmpty()) {
        outcomes.add(notMade(due, one.asked(), RenewalOutcome.FACTORY_REMOVED));
      } else {
        Duration lifetime = tokenLifetime == null ? lifetime(due.factory()) : tokenLifetime;
        Renewal renewal = add(due.factory(), one.asked(), lifetime);
        RenewalOutcome outcome = runUnlessUnderWay(renewal, skipped(due));
        outcomes.add(outcome);
        if (one.asked().purpose() == Purpose.REASSIGN && outcome.stopped()) {
          break; // who stops one of them means the move; asked for again, it goes on
        }
      }
    }
    return outcomes;
  }

  private RenewalOutcome runUnlessUnderWay(Renewal renewal, Map<String, Long> skipped) {
    try {
      return run(renewal, skipped);
    } catch (OperationRefusedException e) {
      return outcome(renewal, null, RenewalOutcome.UNDER_WAY, skipped, e.sentence());
    }
  }

  private RenewalOutcome run(Renewal renewal, Map<String, Long> skipped) {
    JobExecution execution =
        runStart.start(renewTokens, RenewalParameters.of(renewal), "renewal", AFTER_ABANDON);
    return outcome(
        renewals.get(renewal.id()),
        execution.getId(),
        execution.getStatus().name(),
        skipped,
        RunOutcome.cause(execution));
  }

  private static RenewalOutcome outcome(
      Renewal renewal,
      @Nullable Long execution,
      String status,
      Map<String, Long> skipped,
      @Nullable String cause) {
    long devices = Objects.requireNonNullElse(renewal.devices(), 0L);
    String receipt = renewal.receipt();
    RenewalReceipt parsed = receipt == null ? null : RenewalReceipt.parse(receipt);
    long tokens = parsed == null ? 0 : parsed.devices();
    if (parsed != null && !Objects.requireNonNullElse(parsed.warnings(), List.of()).isEmpty()) {
      cause = String.join(" ", Objects.requireNonNull(parsed.warnings()));
    }
    return new RenewalOutcome(
        renewal.factory(),
        renewal.purpose().name(),
        renewal.id(),
        execution,
        status,
        devices,
        tokens,
        skipped,
        to(renewal, parsed),
        renewal.outbox(),
        cause);
  }

  private static Map<String, Long> to(Renewal renewal, @Nullable RenewalReceipt receipt) {
    Map<String, Long> byHub = new TreeMap<>();
    if (renewal.purpose() == Purpose.REASSIGN && receipt != null) {
      receipt.hubs().forEach(hub -> byHub.put(hub.name(), hub.devices()));
    }
    return byHub;
  }

  private static RenewalOutcome notMade(DueDevices due, Asked asked, String otherwise) {
    String status = due.ready() == 0 ? RenewalOutcome.NOTHING_DUE : otherwise;
    return new RenewalOutcome(
        due.factory(),
        asked.purpose().name(),
        null,
        null,
        status,
        due.ready(),
        0,
        skipped(due),
        status.equals(RenewalOutcome.FACTORY_REMOVED) ? Map.of() : due.to(),
        null,
        status.equals(RenewalOutcome.FACTORY_REMOVED)
            ? "Factory '%s' was removed. Add it again, or its devices' tokens run out."
                .formatted(due.factory())
            : null);
  }

  private static Map<String, Long> skipped(DueDevices due) {
    Map<String, Long> skipped = new TreeMap<>();
    if (due.disabled() > 0) {
      skipped.put("DISABLED", due.disabled());
    }
    if (due.revoked() > 0) {
      skipped.put("REVOKED", due.revoked());
    }
    if (due.bound() > 0) {
      skipped.put("NO_OTHER_HUB", due.bound());
    }
    if (due.withoutBundle() > 0) {
      skipped.put("NO_BUNDLE", due.withoutBundle());
    }
    if (due.underWay() > 0) {
      skipped.put("IN_A_RENEWAL_UNDER_WAY", due.underWay());
    }
    return skipped;
  }

  /** Does what no two processes may do at once: decide which renewals there are to be. */
  <T> T alone(Supplier<T> work) {
    try (SessionLock.Held held =
        sessionLock
            .take(SessionLock.Work.RENEWAL)
            .orElseThrow(
                () ->
                    new RunUnderWayException(
                        "Another process renews tokens at this moment. Its execution says how far"
                            + " it is."))) {
      return work.get();
    }
  }
}
