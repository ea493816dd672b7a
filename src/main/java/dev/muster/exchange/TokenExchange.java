package dev.muster.exchange;

import dev.muster.credential.SigningKeys;
import dev.muster.credential.SigningKeys.Keys;
import dev.muster.credential.TokenLifetimes;
import dev.muster.credential.sas.FreshTokens;
import dev.muster.credential.sas.FreshTokens.FreshToken;
import dev.muster.credential.sas.Hubs;
import dev.muster.credential.sas.PresentedToken;
import dev.muster.credential.sas.PresentedToken.Signature;
import dev.muster.exchange.TokenReports.OldToken;
import dev.muster.seen.SignsOfLife;
import dev.muster.status.CurrentTokens;
import dev.muster.status.CurrentTokens.Standing;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Metrics;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.dao.DataAccessException;
import org.springframework.dao.DataAccessResourceFailureException;
import org.springframework.stereotype.Component;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionException;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Gives a fresh token for a valid one. The signature is checked before anything is looked up: who
 * holds no key learns nothing about devices, by answer or by time, and costs the database nothing.
 */
@Component
@EnableConfigurationProperties(ExchangeProperties.class)
class TokenExchange {

  private static final Logger LOG = LoggerFactory.getLogger(TokenExchange.class);

  private static final String COUNTER = "muster.exchange.requests";

  private final Hubs hubs;
  private final CurrentTokens currentTokens;
  private final SigningKeys signingKeys;
  private final FreshTokens freshTokens;
  private final TokenReports reports;
  private final SignsOfLife signsOfLife;
  private final RefusalLog refusalLog;
  private final RefusedExchanges refusedExchanges;
  private final ExchangeProperties properties;
  private final Duration lifetime;
  private final TransactionTemplate transaction;
  private final Clock clock;

  /** The pool is shared with the runs; exchanges must not take all of it. */
  private final GroupWork<Presented, Optional<Answer>> groups;

  private final Semaphore turnsAlone;

  TokenExchange(
      Hubs hubs,
      CurrentTokens currentTokens,
      SigningKeys signingKeys,
      FreshTokens freshTokens,
      TokenReports reports,
      SignsOfLife signsOfLife,
      RefusalLog refusalLog,
      RefusedExchanges refusedExchanges,
      ExchangeProperties properties,
      TokenLifetimes lifetimes,
      PlatformTransactionManager transactionManager,
      Clock clock) {
    this.hubs = hubs;
    this.currentTokens = currentTokens;
    this.signingKeys = signingKeys;
    this.freshTokens = freshTokens;
    this.reports = reports;
    this.signsOfLife = signsOfLife;
    this.refusalLog = refusalLog;
    this.refusedExchanges = refusedExchanges;
    this.properties = properties;
    this.lifetime = lifetimes.ofExchanges();
    this.transaction = new TransactionTemplate(transactionManager);
    this.clock = clock;
    // There from the start, so that the first refusal is an increase.
    Stream.concat(
            Stream.of("fresh", "too-soon", "busy"), Stream.of(Refusal.values()).map(Refusal::word))
        .forEach(outcome -> counter(outcome).increment(0));
    this.groups = new GroupWork<>(properties.concurrent(), properties.together(), this::together);
    this.turnsAlone = new Semaphore(properties.concurrent(), true);
  }

  /**
   * Exchanges a token.
   *
   * @param authorization what stands in the request's {@code Authorization} headers
   */
  Answer exchange(List<String> authorization, String remoteAddress) {
    Optional<PresentedToken> read =
        authorization.size() == 1 ? PresentedToken.read(authorization.get(0)) : Optional.empty();
    Answer answer =
        read.map(token -> answer(token, remoteAddress))
            .orElseGet(() -> new Answer.Refused(Refusal.FORM));
    if (answer instanceof Answer.Refused refused) {
      count(refused.reason().word());
      refusalLog.refused(
          refused.reason(), read.map(PresentedToken::device).orElse(null), remoteAddress);
      read.ifPresent(token -> refusedExchanges.add(token.device(), refused.reason()));
    } else if (answer instanceof Answer.Busy busy) {
      count("busy");
      LOG.warn("exchange=busy cause={}", busy.why());
    } else {
      count(answer instanceof Answer.Fresh ? "fresh" : "too-soon");
    }
    return answer;
  }

  private Answer answer(PresentedToken token, String remoteAddress) {
    boolean namesHub = hubs.all().stream().filter(token::names).count() > 0;
    List<Signature> signatures = token.signatures(hubs.all());
    if (signatures.isEmpty()) {
      return new Answer.Refused(namesHub ? Refusal.SIGNATURE : Refusal.HUB);
    }
    if (!clock.instant().isBefore(token.expiresAt())) {
      return new Answer.Refused(Refusal.EXPIRED);
    }
    return inTurn(new Presented(token, signatures, remoteAddress));
  }

  /** A token whose signature is genuine. The same, presented twice, are two. */
  private record Presented(PresentedToken token, List<Signature> signatures, String remoteAddress) {
    UUID device() {
      return token.device();
    }
  }

  private Answer inTurn(Presented presented) {
    try {
      Optional<Answer> answer = groups.ask(presented, properties.patience());
      return answer.isPresent() ? answer.get() : alone(presented);
    } catch (DataAccessException | TransactionException e) {
      return busy(e);
    } catch (TimeoutException e) {
      return new Answer.Busy("others are before it");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return new Answer.Busy("the service is stopping");
    }
  }

  /**
   * A group. What each gets is its own: who can't be judged beside others gets no answer here, and
   * is judged alone. That is who comes for a device that is in the group already, whose device
   * others change just now, and who meets an error.
   */
  private List<Optional<Answer>> together(List<Presented> group) {
    Map<UUID, Presented> once = new LinkedHashMap<>();
    group.forEach(presented -> once.putIfAbsent(presented.device(), presented));
    Map<Presented, Answer> answers = new HashMap<>();
    judgeOrHalve(
        List.copyOf(once.values()), answers, System.nanoTime() + properties.patience().toNanos());
    return group.stream().map(presented -> Optional.ofNullable(answers.get(presented))).toList();
  }

  /**
   * What fails, fails as a whole, and is tried in halves down to those for whose sake it did, as
   * long as there is patience. That a list or a delivery is about to give a device its first status
   * can't be seen, only met.
   */
  private void judgeOrHalve(List<Presented> group, Map<Presented, Answer> answers, long deadline) {
    try {
      answers.putAll(
          judge(group, devices -> currentTokens.holdThoseFree(devices, properties.patience())));
    } catch (DataAccessResourceFailureException | TransactionException e) {
      group.forEach(presented -> answers.put(presented, busy(e)));
    } catch (RuntimeException e) {
      if (System.nanoTime() - deadline > 0) {
        group.forEach(presented -> answers.put(presented, busy(e)));
      } else if (group.size() > 1) {
        int half = group.size() / 2;
        judgeOrHalve(group.subList(0, half), answers, deadline);
        judgeOrHalve(group.subList(half, group.size()), answers, deadline);
      }
    }
  }

  /** Waits for others who change the device; in a group its neighbours would have to, too. */
  private Answer alone(Presented presented) throws InterruptedException, TimeoutException {
    UUID device = presented.device();
    if (!turnsAlone.tryAcquire(properties.patience().toMillis(), TimeUnit.MILLISECONDS)) {
      throw new TimeoutException();
    }
    try {
      Answer answer =
          judge(
                  List.of(presented),
                  devices ->
                      currentTokens.hold(device, properties.patience()).stream()
                          .collect(Collectors.toMap(standing -> device, Function.identity())))
              .get(presented);
      if (answer != null) {
        return answer;
      }
      Answer goneOut =
          unlessEntitled(presented, currentTokens.find(device).orElse(null), signingKeys.look());
      return goneOut != null ? goneOut : new Answer.Busy("the device goes out of service and back");
    } finally {
      turnsAlone.release();
    }
  }

  /** How devices stand while they are held; without those that could not be. */
  private interface Hold {
    Map<UUID, Standing> hold(List<UUID> devices);
  }

  /**
   * Looks first without a lock, so that those who get nothing hold nobody up; and once more with
   * the devices held, because only then what is seen stays.
   *
   * @param group each for another device
   * @return answers for those that were held, or get nothing anyway
   */
  private Map<Presented, Answer> judge(List<Presented> group, Hold hold) {
    Map<Presented, Answer> answers = new HashMap<>();
    Map<UUID, Standing> seen = currentTokens.find(devices(group));
    List<Presented> entitled = entitled(group, seen, signingKeys.look(), answers);
    if (!entitled.isEmpty()) {
      answers.putAll(Objects.requireNonNull(transaction.execute(status -> give(entitled, hold))));
    }
    return answers;
  }

  private Map<Presented, Answer> give(List<Presented> group, Hold hold) {
    Map<UUID, Standing> held = hold.hold(devices(group));
    Keys keys = signingKeys.look();
    Map<Presented, Answer> answers = new HashMap<>();
    List<Presented> entitled =
        entitled(
            group.stream().filter(presented -> held.containsKey(presented.device())).toList(),
            held,
            keys,
            answers);
    Instant now = clock.instant();
    Instant expiresAt = now.plus(lifetime).truncatedTo(ChronoUnit.SECONDS);
    Map<Presented, FreshToken> made = new LinkedHashMap<>();
    for (Presented presented : entitled) {
      String hub = Objects.requireNonNull(held.get(presented.device())).hub();
      made.put(presented, freshTokens.make(presented.device(), hub, keys, expiresAt));
    }
    Set<UUID> inService =
        currentTokens.exchanged(devices(entitled), expiresAt, keys.changes(), now);
    made.keySet().removeIf(presented -> !inService.contains(presented.device()));
    reports.report(oldTokens(made.keySet(), held), now);
    signsOfLife.exchangedFirst(
        made.keySet().stream()
            .map(Presented::device)
            .filter(device -> Objects.requireNonNull(held.get(device)).exchangedAt() == null)
            .toList(),
        now);
    made.forEach((presented, token) -> answers.put(presented, new Answer.Fresh(token)));
    return answers;
  }

  private List<Presented> entitled(
      List<Presented> group,
      Map<UUID, Standing> standings,
      Keys keys,
      Map<Presented, Answer> others) {
    List<Presented> entitled = new ArrayList<>();
    for (Presented presented : group) {
      Answer none = unlessEntitled(presented, standings.get(presented.device()), keys);
      if (none == null) {
        entitled.add(presented);
      } else {
        others.put(presented, none);
      }
    }
    return entitled;
  }

  /** Why the device gets nothing now; null when it does. */
  private @Nullable Answer unlessEntitled(
      Presented presented, @Nullable Standing standing, Keys keys) {
    if (standing == null) {
      return new Answer.Refused(Refusal.UNKNOWN_DEVICE);
    }
    Refusal refusal = refusal(presented, standing, keys);
    if (refusal != null) {
      return new Answer.Refused(refusal);
    }
    Instant last = standing.exchangedAt();
    if (last != null) {
      Duration remaining = Duration.between(clock.instant(), last.plus(properties.interval()));
      if (remaining.compareTo(Duration.ZERO) > 0) {
        // Another instance's clock may be ahead.
        return new Answer.TooSoon(
            remaining.compareTo(properties.interval()) > 0 ? properties.interval() : remaining);
      }
    }
    return null;
  }

  private static @Nullable Refusal refusal(Presented presented, Standing standing, Keys keys) {
    List<Signature> ofItsHub =
        presented.signatures().stream()
            .filter(signature -> signature.hub().name().equals(standing.hub()))
            .toList();
    if (ofItsHub.isEmpty()) {
      return Refusal.OTHER_HUB;
    }
    if (ofItsHub.stream().noneMatch(signature -> keys.isGood(standing.hub(), signature.key()))) {
      return Refusal.OLD_KEY;
    }
    return switch (standing.state()) {
      case PROVISIONED ->
          presented.token().expiresAt().isAfter(standing.issuedUntil())
              ? Refusal.NEVER_ISSUED
              : null;
      case REGISTERED -> Refusal.REGISTERED;
      case DISABLED -> Refusal.DISABLED;
      case REVOKED, RETIRED -> Refusal.REVOKED;
    };
  }

  private static List<OldToken> oldTokens(
      Collection<Presented> presented, Map<UUID, Standing> standings) {
    List<OldToken> old = new ArrayList<>();
    for (Presented one : presented) {
      Standing standing = standings.get(one.device());
      Instant held = standing == null ? null : standing.heldExpiry();
      Instant expiry = one.token().expiresAt();
      if (held != null && expiry.isBefore(held.truncatedTo(ChronoUnit.SECONDS))) {
        old.add(new OldToken(one.device(), expiry, held, one.remoteAddress()));
      }
    }
    return old;
  }

  private static List<UUID> devices(List<Presented> group) {
    return group.stream().map(Presented::device).toList();
  }

  private static Answer busy(Exception e) {
    return new Answer.Busy(e.getClass().getSimpleName());
  }

  private static Counter counter(String outcome) {
    return Metrics.counter(COUNTER, "outcome", outcome);
  }

  private static void count(String outcome) {
    counter(outcome).increment();
  }
}
