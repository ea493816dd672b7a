package dev.muster.exchange;

import dev.muster.credential.SigningKeys;
import dev.muster.credential.TokenLifetimes;
import dev.muster.credential.sas.FreshTokens;
import dev.muster.credential.sas.FreshTokens.FreshToken;
import dev.muster.credential.sas.Hubs;
import dev.muster.credential.sas.PresentedToken;
import dev.muster.credential.sas.PresentedToken.Signature;
import dev.muster.status.CurrentTokens;
import dev.muster.status.CurrentTokens.Standing;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Metrics;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.dao.DataAccessException;
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
  private final RefusalLog refusalLog;
  private final ExchangeProperties properties;
  private final Duration lifetime;
  private final TransactionTemplate transaction;
  private final Clock clock;

  /** The pool is shared with the runs; devices that wait must not take all of it. */
  private final Semaphore turns;

  TokenExchange(
      Hubs hubs,
      CurrentTokens currentTokens,
      SigningKeys signingKeys,
      FreshTokens freshTokens,
      TokenReports reports,
      RefusalLog refusalLog,
      ExchangeProperties properties,
      TokenLifetimes lifetimes,
      PlatformTransactionManager transactionManager,
      Clock clock) {
    this.hubs = hubs;
    this.currentTokens = currentTokens;
    this.signingKeys = signingKeys;
    this.freshTokens = freshTokens;
    this.reports = reports;
    this.refusalLog = refusalLog;
    this.properties = properties;
    this.lifetime = lifetimes.ofExchanges();
    this.transaction = new TransactionTemplate(transactionManager);
    this.clock = clock;
    // There from the start, so that the first refusal is an increase.
    Stream.concat(
            Stream.of("fresh", "too-soon", "busy"), Stream.of(Refusal.values()).map(Refusal::word))
        .forEach(outcome -> counter(outcome).increment(0));
    this.turns = new Semaphore(properties.concurrent(), true);
  }

  /**
   * Exchanges a token.
   *
   * @param authorization what stands in the request's {@code Authorization} headers
   * @param remoteAddress where the request came from
   */
  Answer exchange(List<String> authorization, String remoteAddress) {
    Optional<PresentedToken> read =
        authorization.size() == 1 ? PresentedToken.read(authorization.get(0)) : Optional.empty();
    if (read.isEmpty()) {
      return refused(Refusal.FORM, null, remoteAddress);
    }
    PresentedToken token = read.get();
    boolean namesHub = hubs.all().stream().filter(token::names).count() > 0;
    List<Signature> signatures = token.signatures(hubs.all());
    if (signatures.isEmpty()) {
      return refused(namesHub ? Refusal.SIGNATURE : Refusal.HUB, token.device(), remoteAddress);
    }
    if (!clock.instant().isBefore(token.expiresAt())) {
      return refused(Refusal.EXPIRED, token.device(), remoteAddress);
    }
    return inTurn(new Presented(token, signatures, remoteAddress));
  }

  /** A token whose signature is genuine. */
  private record Presented(PresentedToken token, List<Signature> signatures, String remoteAddress) {
    UUID device() {
      return token.device();
    }
  }

  private Answer inTurn(Presented presented) {
    boolean myTurn = false;
    try {
      myTurn = turns.tryAcquire(properties.patience().toMillis(), TimeUnit.MILLISECONDS);
      if (!myTurn) {
        return busy("others are before it");
      }
      Answer answer = judge(presented);
      if (answer instanceof Answer.Fresh) {
        count("fresh");
      }
      return answer;
    } catch (DataAccessException | TransactionException e) {
      return busy(e.getClass().getSimpleName());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return busy("the service is stopping");
    } finally {
      if (myTurn) {
        turns.release();
      }
    }
  }

  /**
   * Looks first without a lock, so that those who get nothing hold nobody up; and once more with
   * the device held, because only then what is seen stays.
   */
  private Answer judge(Presented presented) {
    Answer atFirst = unlessEntitled(presented, currentTokens.find(presented.device()));
    return atFirst != null
        ? atFirst
        : Objects.requireNonNull(
            transaction.execute(
                status -> {
                  Optional<Standing> standing =
                      currentTokens.hold(presented.device(), properties.patience());
                  Answer now = unlessEntitled(presented, standing);
                  return now != null ? now : fresh(presented, standing.orElseThrow());
                }));
  }

  /** Why the device gets nothing now; null when it does. */
  private @Nullable Answer unlessEntitled(Presented presented, Optional<Standing> found) {
    Refusal refusal = refusal(presented, found);
    if (refusal != null) {
      return refused(refusal, presented.device(), presented.remoteAddress());
    }
    Instant last = found.orElseThrow().exchangedAt();
    if (last != null) {
      Duration remaining = Duration.between(clock.instant(), last.plus(properties.interval()));
      if (remaining.compareTo(Duration.ZERO) > 0) {
        count("too-soon");
        // Another instance's clock may be ahead.
        return new Answer.TooSoon(
            remaining.compareTo(properties.interval()) > 0 ? properties.interval() : remaining);
      }
    }
    return null;
  }

  private @Nullable Refusal refusal(Presented presented, Optional<Standing> found) {
    if (found.isEmpty()) {
      return Refusal.UNKNOWN_DEVICE;
    }
    Standing standing = found.get();
    List<Signature> ofItsHub =
        presented.signatures().stream()
            .filter(signature -> signature.hub().name().equals(standing.hub()))
            .toList();
    if (ofItsHub.isEmpty()) {
      return Refusal.OTHER_HUB;
    }
    if (ofItsHub.stream()
        .noneMatch(signature -> signingKeys.isGood(standing.hub(), signature.key()))) {
      return Refusal.OLD_KEY;
    }
    return switch (standing.state()) {
      case PROVISIONED ->
          presented.token().expiresAt().isAfter(standing.issuedUntil())
              ? Refusal.NEVER_ISSUED
              : null;
      case REGISTERED -> Refusal.REGISTERED;
      case DISABLED -> Refusal.DISABLED;
      case REVOKED -> Refusal.REVOKED;
    };
  }

  private Answer fresh(Presented presented, Standing standing) {
    Instant now = clock.instant();
    Instant held = standing.heldExpiry();
    Instant presentedExpiry = presented.token().expiresAt();
    FreshToken fresh = freshTokens.make(presented.device(), standing.hub(), lifetime);
    if (!currentTokens.exchanged(fresh.device(), fresh.expiresAt(), fresh.keysAt(), now)) {
      Answer goneOut = unlessEntitled(presented, currentTokens.find(presented.device()));
      return goneOut != null ? goneOut : busy("the device goes out of service and back");
    }
    if (held != null && presentedExpiry.isBefore(held.truncatedTo(ChronoUnit.SECONDS))) {
      reports.report(presented.device(), presentedExpiry, held, presented.remoteAddress(), now);
    }
    return new Answer.Fresh(fresh);
  }

  private Answer refused(Refusal reason, @Nullable UUID device, String remoteAddress) {
    count(reason.word());
    refusalLog.refused(reason, device, remoteAddress);
    return new Answer.Refused();
  }

  private Answer busy(String why) {
    count("busy");
    LOG.warn("exchange=busy cause={}", why);
    return new Answer.Busy();
  }

  private static Counter counter(String outcome) {
    return Metrics.counter(COUNTER, "outcome", outcome);
  }

  private static void count(String outcome) {
    counter(outcome).increment();
  }
}
