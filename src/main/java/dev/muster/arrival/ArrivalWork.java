package dev.muster.arrival;

import dev.muster.access.Caller;
import dev.muster.access.Callers;
import dev.muster.arrival.Answer.Verdict;
import dev.muster.arrival.Claims.Claim;
import dev.muster.factory.Factories;
import dev.muster.factory.Factory;
import dev.muster.factory.SignedFile.NotSignedException;
import dev.muster.factory.SigningKey;
import dev.muster.home.DiskSpace;
import dev.muster.home.SecretFile;
import dev.muster.provisioning.ManifestRuns;
import dev.muster.provisioning.ProvisioningProperties;
import dev.muster.provisioning.UpdatesFixedException;
import dev.muster.registry.Manifests;
import dev.muster.revocation.RevocationProperties;
import dev.muster.revocation.RevocationRuns;
import dev.muster.run.NotRunnableException;
import dev.muster.run.OperationRefusedException;
import dev.muster.run.RunOutcome;
import dev.muster.run.RunUnderWayException;
import dev.muster.store.Content;
import dev.muster.store.Outbox;
import dev.muster.store.Outbox.Folder;
import dev.muster.store.ReceivedContent;
import dev.muster.store.Spool;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.stereotype.Component;
import tools.jackson.databind.json.JsonMapper;

/**
 * What is done with one arrival, top to bottom: fetch it, check who sent it, run it, answer.
 *
 * <p>Two halves, and the database remembers which is under way: the verdict is found once; the
 * answer is repeated until the sender has it.
 */
@Component
@EnableConfigurationProperties(ArrivalProperties.class)
class ArrivalWork {

  /** Of what is one byte here: UTF-16 has two. */
  private static final int MOST_BYTES_A_CHARACTER = 2;

  private static final Logger LOG = LoggerFactory.getLogger(ArrivalWork.class);

  private static final Duration SOON = Duration.ofSeconds(2);

  private final Places places;
  private final Claims claims;
  private final Factories factories;
  private final ManifestRuns manifestRuns;
  private final RevocationRuns revocationRuns;
  private final Spool spool;
  private final ReceivedContent contents;
  private final ProvisioningProperties provisioning;
  private final RevocationProperties revocations;
  private final ArrivalProperties properties;
  private final JsonMapper json;
  private final Clock clock;
  private final Manifests manifests;
  private final DiskSpace disks;
  private final Outbox outbox;

  ArrivalWork(
      Places places,
      Claims claims,
      Factories factories,
      ManifestRuns manifestRuns,
      RevocationRuns revocationRuns,
      Spool spool,
      ReceivedContent contents,
      ProvisioningProperties provisioning,
      RevocationProperties revocations,
      ArrivalProperties properties,
      JsonMapper json,
      Clock clock,
      Manifests manifests,
      DiskSpace disks,
      Outbox outbox) {
    this.places = places;
    this.claims = claims;
    this.factories = factories;
    this.manifestRuns = manifestRuns;
    this.revocationRuns = revocationRuns;
    this.spool = spool;
    this.contents = contents;
    this.provisioning = provisioning;
    this.revocations = revocations;
    this.properties = properties;
    this.json = json;
    this.clock = clock;
    this.manifests = manifests;
    this.disks = disks;
    this.outbox = outbox;
  }

  /**
   * Takes an arrival as far as it goes now, and records that.
   *
   * @throws RuntimeException when not even that could be recorded
   */
  void advance(Claim claim, BooleanSupplier ending) {
    Arrival arrival = claim.arrival();
    try {
      spool.removeLeft(arrival.id());
      mustBeReachable(arrival);
      if (claim.verdict() == null) {
        judge(claim, ending);
      } else {
        // What stands there of one that is done is why it could not be answered.
        Why why = claim.verdict() == Verdict.DONE ? null : claim.why();
        answer(claim, claim.verdict(), why, outcome(claim.outcome()));
      }
    } catch (ArrivalRefusedException e) {
      judged(claim, Verdict.REFUSED, Why.said(String.valueOf(e.getMessage())), null);
    } catch (NotYetException e) {
      if (e.until == null) {
        claims.release(claim, SOON);
      } else {
        claims.waitFor(claim, properties.delayAfter(1), lasting(claim, e.until));
      }
    } catch (IOException | RuntimeException e) {
      LOG.warn("arrival=not-now id={}", arrival.id(), e);
      failed(claim, inTheWay(e));
    }
  }

  /** Instances with homes of their own don't see each other's folders. */
  private void mustBeReachable(Arrival arrival) throws NotYetException {
    if ("file".equals(arrival.location().getScheme())
        && places.holding(arrival.location()).isEmpty()) {
      throw new NotYetException(
          Why.inTheWay(
              "It lies in a folder that this instance does not have (%s). It waits for one that has it."
                  .formatted(arrival.location())));
    }
  }

  // The verdict

  private void judge(Claim claim, BooleanSupplier ending)
      throws IOException, ArrivalRefusedException, NotYetException {
    Arrival arrival = claim.arrival();
    Optional<RunOutcome> done = Callers.get(sender(arrival), () -> done(claim));
    if (done.isPresent()) {
      judged(claim, Verdict.DONE, null, done.get());
      return;
    }
    Factory factory = factory(arrival);
    Place place = place(arrival);
    Path here = spool.arrival(arrival.id());
    try {
      Received received = receive(arrival, place, here);
      Instant signedAt =
          received.checked()
              ? received.signedAt()
              : checkContent(claim, factory, place, received.content());
      run(claim, received.content(), signedAt, ending);
    } finally {
      contents.remove(here);
    }
  }

  /** What came of it before, by somebody's restart or before a kill: its file may be gone since. */
  private Optional<RunOutcome> done(Claim claim) {
    Arrival arrival = claim.arrival();
    RunOutcome before = outcome(claim.outcome());
    return switch (arrival.kind()) {
      case MANIFEST ->
          manifestRuns.delivered(
              arrival.fileName(),
              arrival.factory(),
              arrival.id(),
              before == null ? null : before.sha256());
      case REVOCATIONS -> revocationRuns.applied(arrival.factory(), arrival.id());
    };
  }

  /**
   * From here on everything is about this copy.
   *
   * @param checked whether it was held against what its sender said of it, before its run began
   * @param signedAt when it was signed, if that is known
   */
  private record Received(Content content, boolean checked, @Nullable Instant signedAt) {}

  private Received receive(Arrival arrival, Place place, Path here)
      throws IOException, ArrivalRefusedException {
    Optional<Content> received = place.received(arrival);
    if (received.isPresent()) {
      return new Received(contents.share(received.get(), here), false, null);
    }
    try {
      return new Received(fetch(arrival, place, here), false, null);
    } catch (ArrivalRefusedException e) {
      // Gone or replaced since, and so may its signature be: a run that has begun goes on with what
      // it received.
      Optional<Received> begun = Callers.call(sender(arrival), () -> begun(arrival));
      Received its = begun.orElseThrow(() -> e);
      return new Received(contents.share(its.content(), here), true, its.signedAt());
    }
  }

  private Optional<Received> begun(Arrival arrival) throws IOException {
    return switch (arrival.kind()) {
      case MANIFEST ->
          manifestRuns
              .received(arrival.factory(), arrival.id())
              .map(content -> new Received(content, true, null));
      case REVOCATIONS ->
          revocationRuns
              .received(arrival.factory(), arrival.id())
              .map(list -> new Received(list.content(), true, list.signedAt()));
    };
  }

  private Content fetch(Arrival arrival, Place place, Path here)
      throws IOException, ArrivalRefusedException {
    Path fetched = here.resolveSibling(here.getFileName() + ".sent");
    SecretFile.createParent(fetched);
    try {
      place.fetch(arrival, fetched, MOST_BYTES_A_CHARACTER * mostBytes(arrival.kind()));
      return contents.take(
          fetched,
          here,
          mostBytes(arrival.kind()),
          arrival.kind().format(factories.format(arrival.factory())),
          bytes -> {});
    } finally {
      Files.deleteIfExists(fetched);
    }
  }

  private long mostBytes(ArrivalKind kind) {
    return switch (kind) {
      case MANIFEST -> provisioning.maxManifestSize().toBytes();
      case REVOCATIONS -> revocations.maxListSize().toBytes();
    };
  }

  /**
   * A factory that was removed since this came in, or under a manifest that is under way, comes
   * back; or somebody gives this up, or withdraws the run. Until then nothing is said to its sender
   * that might turn out wrong.
   */
  private Factory factory(Arrival arrival) throws ArrivalRefusedException, NotYetException {
    Optional<Factory> factory = factories.find(arrival.factory());
    if (factory.isEmpty() && arrival.factoryKnown()) {
      throw new NotYetException(
          Why.said(
              "Factory '%s' was removed after this had come in. It goes on when the operator adds it again, or gives this up."
                  .formatted(arrival.factory())));
    }
    if (factory.isEmpty() && manifests.underWay(arrival.factory())) {
      throw new NotYetException(
          Why.said(
              "Factory '%s' was removed while manifests of it are under way. It goes on when the operator adds it again, or withdraws them."
                  .formatted(arrival.factory())));
    }
    return factory.orElseThrow(
        () ->
            new ArrivalRefusedException(
                "There is no factory '%s' here. %s"
                    .formatted(arrival.factory(), instead(arrival.factory()))));
  }

  private String instead(String unknown) {
    return factories.all().stream()
        .map(Factory::id)
        .filter(unknown::equalsIgnoreCase)
        .findFirst()
        .map(
            "There is '%s': send this again under that name, which differs in its case."::formatted)
        .orElse("Ask the operator to add it, then send this again.");
  }

  private void run(Claim claim, Content content, @Nullable Instant signedAt, BooleanSupplier ending)
      throws IOException, ArrivalRefusedException, NotYetException {
    Arrival arrival = claim.arrival();
    RunOutcome outcome;
    try {
      outcome =
          Callers.call(
              sender(arrival),
              () ->
                  switch (arrival.kind()) {
                    case MANIFEST ->
                        manifestRuns.provision(
                            content,
                            arrival.fileName(),
                            arrival.factory(),
                            arrival.id(),
                            arrival.announcedRows(),
                            arrival.updates());
                    case REVOCATIONS ->
                        revocationRuns.apply(
                            content,
                            arrival.fileName(),
                            arrival.factory(),
                            arrival.id(),
                            arrival.announcedRows(),
                            signedAt);
                  });
    } catch (RunUnderWayException e) {
      throw new NotYetException();
    } catch (UpdatesFixedException e) {
      throw new ArrivalRefusedException(e.sentence());
    } catch (NotRunnableException e) {
      judged(claim, Verdict.FAILED, Why.inTheWay(e.sentence()), null);
      return;
    } catch (OperationRefusedException e) {
      judged(claim, Verdict.FAILED, Why.said(e.sentence()), null);
      return;
    }
    switch (outcome.ending()) {
      case DELIVERED -> judged(claim, Verdict.DONE, null, outcome);
      case REFUSED -> judged(claim, Verdict.REFUSED, Why.of(outcome), outcome);
      case UNDECIDED -> judged(claim, Verdict.FAILED, Why.of(outcome), outcome);
      case STOPPED -> {
        if (ending.getAsBoolean()) {
          claims.release(claim, Duration.ZERO);
        } else {
          judged(
              claim,
              Verdict.FAILED,
              Why.said("The operator stopped it, and continues it. You need not send it again."),
              outcome);
        }
      }
      case WAITING -> tryLater(claim, Why.of(outcome));
      case FAILED -> failed(claim, Why.of(outcome));
    }
  }

  private static Caller sender(Arrival arrival) {
    Caller factory = Caller.arrival(arrival.factory(), arrival.source());
    Sender sender = arrival.sender();
    return sender == null ? factory : factory.as(sender.name(), sender.account());
  }

  private void judged(
      Claim claim, Verdict verdict, @Nullable Why why, @Nullable RunOutcome outcome) {
    String written = outcome == null ? null : json.writeValueAsString(outcome);
    if (claims.judged(claim, verdict, why, written)) {
      try {
        answer(claim, verdict, why, outcome);
      } catch (IOException | RuntimeException e) {
        LOG.warn("arrival=not-answered id={}", claim.arrival().id(), e);
        claims.retryLater(claim, properties.delayAfter(1), why == null ? inTheWay(e) : why);
      }
    }
  }

  /** Something was in the way: tried again later, until it was tried often enough. */
  private void failed(Claim claim, Why why) {
    int attempts = claim.arrival().attempts() + 1;
    // An answer is owed whatever happens; a run is given up when it does not come off.
    if (attempts >= properties.maxAttempts() && claim.verdict() == null) {
      judged(
          claim,
          Verdict.FAILED,
          why.with(
              sentence ->
                  "%s It was tried %d times; the operator must see to it. You need not send it again."
                      .formatted(
                          sentence.matches(".*[.!?]$") ? sentence : sentence + ".", attempts)),
          null);
    } else {
      tryLater(claim, why);
    }
  }

  /** However often that was: another instance may be able to, or this one when it is configured. */
  private void tryLater(Claim claim, Why why) {
    claims.retryLater(
        claim, properties.delayAfter(claim.arrival().attempts() + 1), lasting(claim, why));
  }

  /** The reason of a verdict that can't be told yet stays what it is; what is done has none. */
  private static Why lasting(Claim claim, Why now) {
    Why decided = claim.verdict() == null || claim.verdict() == Verdict.DONE ? null : claim.why();
    return decided == null ? now : decided;
  }

  // What was sent must be what was meant

  /** Returns when it was signed; null when that was not said. */
  private @Nullable Instant checkContent(Claim claim, Factory factory, Place place, Content content)
      throws IOException, ArrivalRefusedException, NotYetException {
    Arrival arrival = claim.arrival();
    if (arrival.announcedSha256() == null && !factory.signs()) {
      return null;
    }
    String sha256 = content.sha256AsSent();
    String announced = arrival.announcedSha256();
    if (announced != null && !announced.toLowerCase(Locale.ROOT).equals(sha256)) {
      throw new ArrivalRefusedException(
          "The file has the SHA-256 %s, but %s was announced. It was changed on its way, or another was meant; announce it again."
              .formatted(sha256, announced));
    }
    return factory.signs() ? checkSignature(claim, factory.signingKeys(), place, sha256) : null;
  }

  private @Nullable Instant checkSignature(
      Claim claim, List<SigningKey> keys, Place place, String sha256)
      throws IOException, ArrivalRefusedException, NotYetException {
    Arrival arrival = claim.arrival();
    Optional<byte[]> signature =
        claim.signature() == null
            ? place.signature(arrival)
            : Optional.of(claim.signature().getBytes(StandardCharsets.US_ASCII));
    if (signature.isEmpty()) {
      if (!claims.isOlderThan(arrival, properties.signaturePatience())) {
        throw new NotYetException(); // it may be on its way
      }
      throw new ArrivalRefusedException(
          "Factory '%s' signs what it sends, and this has no signature. Send %s.sig with it."
              .formatted(arrival.factory(), arrival.fileName()));
    }
    try {
      Instant signedAt =
          arrival
              .kind()
              .signed(arrival.factory(), sha256)
              .check(keys, signature.get(), clock.instant());
      if (signedAt == null) {
        LOG.warn(
            "arrival=signed-in-the-old-form id={} factory={} The signature is over the bare"
                + " SHA-256. The next release refuses that; its factory is to sign as"
                + " docs/sources.md says.",
            arrival.id(),
            arrival.factory());
      }
      return signedAt;
    } catch (NotSignedException e) {
      throw new ArrivalRefusedException(String.valueOf(e.getMessage()));
    }
  }

  // The answer

  private void answer(Claim claim, Verdict verdict, @Nullable Why why, @Nullable RunOutcome outcome)
      throws IOException {
    Arrival arrival = claim.arrival();
    String key = outcome == null ? null : outcome.outbox();
    Folder bundle = key == null ? null : outbox.at(key);
    Answer answer =
        new Answer(
            verdict,
            outcome == null ? null : outcome.execution(),
            bundle,
            outcome == null || bundle == null || bundle.holds(Outbox.RECEIPT)
                ? null
                : receipt(arrival, outcome),
            why == null ? null : why.told(),
            null);
    Optional<Place> place = places.holding(arrival.location());
    // Where nobody can go there is nobody to be told there; the outcome is told all the same.
    Answer told = answer.toldAt(place.isPresent() ? place.get().answer(arrival, answer) : null);
    boolean stood =
        claims.answered(
            claim,
            new ArrivalEnded(
                arrival, told, why == null ? null : why.here(), outcome, clock.instant()));
    if (stood) {
      LOG.info(
          "arrival=ended id={} source={} factory={} verdict={}",
          arrival.id(),
          arrival.source(),
          arrival.factory(),
          verdict);
    }
  }

  /** As the database has it: the sender, or an operator, has taken the folder away. */
  private @Nullable String receipt(Arrival arrival, RunOutcome outcome) {
    return Callers.get(
        sender(arrival),
        () ->
            switch (arrival.kind()) {
              case MANIFEST -> manifestRuns.receipt(arrival.factory(), outcome.sha256());
              case REVOCATIONS -> revocationRuns.receipt(arrival.factory(), outcome.execution());
            });
  }

  private @Nullable RunOutcome outcome(@Nullable String written) {
    return written == null ? null : json.readValue(written, RunOutcome.class);
  }

  private Place place(Arrival arrival) throws IOException {
    return places
        .holding(arrival.location())
        .orElseThrow(
            () ->
                new IOException(
                    "Nothing is configured that reaches %s. Configure its source and retry."
                        .formatted(arrival.location())));
  }

  private Why inTheWay(Exception e) {
    return Why.inTheWay(disks.sentence(e));
  }

  /** Nothing is wrong with it; its time has not come. */
  private static final class NotYetException extends Exception {

    private final transient @Nullable Why until;

    NotYetException() {
      this.until = null;
    }

    NotYetException(Why until) {
      super(until.here());
      this.until = until;
    }
  }
}
