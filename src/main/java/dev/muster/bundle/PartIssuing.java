package dev.muster.bundle;

import dev.muster.credential.SigningKeys;
import dev.muster.registry.DeviceRange;
import dev.muster.run.RunLock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.batch.core.step.StepContribution;
import org.springframework.batch.core.step.StepExecution;
import org.springframework.stereotype.Component;

/**
 * Makes the parts of bundles. A token is a function of device, hub, key and expiry, so a part can
 * be thrown away and made again at any time; a finished one is remembered with its SHA-256, with
 * whom it is encrypted to and with when its tokens end.
 */
@Component
class PartIssuing {

  private static final Logger LOG = LoggerFactory.getLogger(PartIssuing.class);

  /** Tokens of which less than this share of their life is left are not handed out. */
  private static final int SHARE_LEFT = 10;

  private final Bundles bundles;
  private final Publication publication;
  private final SigningKeys signingKeys;
  private final List<BundleContent> contents;
  private final Clock clock;
  private final RunLock runLock;

  PartIssuing(
      Bundles bundles,
      Publication publication,
      SigningKeys signingKeys,
      List<BundleContent> contents,
      Clock clock,
      RunLock runLock) {
    this.bundles = bundles;
    this.publication = publication;
    this.signingKeys = signingKeys;
    this.contents = List.copyOf(contents);
    this.clock = clock;
    this.runLock = runLock;
  }

  BundleContent content(Bundle bundle) {
    return contents.stream()
        .filter(content -> content.isFor(bundle.purpose()))
        .findFirst()
        .orElseThrow();
  }

  /** What a bundle is called until it appears. */
  static String staged(Bundle bundle) {
    return Integer.toString(bundle.id());
  }

  static Publication.Appearance appearance(Bundle bundle, List<Bundle.Part> parts) {
    return new Publication.Appearance(
        staged(bundle),
        Publication.outbox(bundle.factory(), bundle.name()),
        parts.stream().collect(Collectors.toMap(Bundle.Part::name, Bundle.Part::staged)));
  }

  /**
   * Fixes anew, while nothing has appeared yet, what must not stay as it was when the bundle was
   * begun: to whom it is encrypted when the factory's keys were changed, and when its tokens end
   * when they have ended, or almost. In a transaction of its own.
   *
   * @throws IllegalStateException when the factory was removed
   */
  Bundle asThingsAre(Bundle bundle, StepExecution step) {
    List<String> remarks = new ArrayList<>();
    List<AgeRecipient> recipients = bundles.recipientsOf(bundle.factory());
    if (!new HashSet<>(recipients).equals(new HashSet<>(bundle.recipients()))) {
      remarks.add(
          "The keys of factory '%s' were changed while this bundle was made: all of it is encrypted to the new ones."
              .formatted(bundle.factory()));
    }
    Instant expiresAt = bundle.tokensExpireAt();
    Instant now = clock.instant();
    if (now.isAfter(expiresAt.minus(bundle.tokenLifetime().dividedBy(SHARE_LEFT)))) {
      expiresAt = now.plus(bundle.tokenLifetime()).truncatedTo(ChronoUnit.SECONDS);
      remarks.add(
          "Its tokens were to end at %s, too soon after they were made: they end at %s instead."
              .formatted(bundle.tokensExpireAt(), expiresAt));
    }
    if (remarks.isEmpty()) {
      return bundle;
    }
    remarks.forEach(remark -> LOG.warn("bundle={} {}", bundle.id(), remark));
    List<String> all = new ArrayList<>(bundle.remarks());
    all.addAll(remarks);
    Bundle changed = bundle.with(recipients, expiresAt, all);
    runLock.commit(step.getJobExecution(), () -> bundles.change(changed));
    return changed;
  }

  /** Makes the place where its parts are put together. */
  void begin(Bundle bundle) {
    try {
      publication.begin(staged(bundle));
    } catch (IOException e) {
      throw PublicationException.writing(Path.of(staged(bundle)), e);
    }
  }

  /**
   * Makes one part, unless it is finished: whoever was to stop, or to give it back, in the moment
   * in which it made it is not said to have come to its end. In the transaction that is under way.
   *
   * @return how many tokens it holds that were not counted before
   */
  long makeOnce(Bundle bundle, int number, StepContribution contribution) throws IOException {
    return bundles.part(bundle.id(), number).filter(part -> asWanted(part, bundle)).isPresent()
        ? 0
        : make(bundle, number, contribution);
  }

  /**
   * Makes one part; in the transaction that is under way. A process that was frozen while others
   * delivered the bundle finds no place any more to put it.
   *
   * @return how many tokens it holds
   */
  private long make(Bundle bundle, int number, StepContribution contribution) throws IOException {
    DeviceRange devices = content(bundle).devices(bundle, number, contribution);
    SigningKeys.Issuers issuers = signingKeys.issuers(bundle.keysAt(), bundle.tokensExpireAt());
    String name = BundlePartWriter.partName(number, bundle.parts());
    // Of this worker only: one that was taken for dead may still be writing, and its files must
    // not be taken for ours. No two workers meet the same version of a step's execution.
    StepExecution step = contribution.getStepExecution();
    String staged = "%d-%d-%s".formatted(step.getJobExecutionId(), step.getVersion(), name);
    Path file = publication.workplace(staged(bundle)).resolve(staged);
    Files.deleteIfExists(file);
    Receipt.Part part = write(file, bundle, devices, issuers);
    publication.stage(staged(bundle), file);
    bundles.save(
        bundle.id(),
        new Bundle.Part(
            number,
            name,
            staged,
            part.sha256(),
            part.bytes(),
            part.devices(),
            bundle.recipients(),
            bundle.tokensExpireAt()));
    return part.devices();
  }

  private static Receipt.Part write(
      Path file, Bundle bundle, DeviceRange devices, SigningKeys.Issuers issuers) {
    try (BundlePartWriter writer =
        new BundlePartWriter(file, bundle.recipients(), issuers.columns())) {
      for (int place = 0; place < devices.size(); place++) {
        writer.add(devices.guidHigh(place), devices.guidLow(place), issuers.of(devices.hub(place)));
      }
      return writer.finish();
    } catch (IOException e) {
      throw PublicationException.writing(file, e);
    }
  }

  /**
   * Makes those parts again that are not to be delivered as they are: encrypted to other keys, with
   * tokens that end too soon, or gone. Each in a transaction of its own: what is said of it must be
   * there before the bundle is known to appear, and stay when the step's own transaction does not.
   */
  void mend(Bundle bundle, StepContribution contribution) throws IOException {
    Map<Integer, Bundle.Part> finished =
        bundles.parts(bundle.id()).stream()
            .filter(part -> asWanted(part, bundle))
            .collect(Collectors.toMap(Bundle.Part::part, part -> part));
    begin(bundle);
    for (int number : IntStream.rangeClosed(1, bundle.parts()).toArray()) {
      if (!finished.containsKey(number)) {
        LOG.info("bundle={} part={}: made again", bundle.id(), number);
        publication.unstage(staged(bundle), BundlePartWriter.partName(number, bundle.parts()));
        makeAgain(bundle, number, contribution);
      }
    }
  }

  private void makeAgain(Bundle bundle, int number, StepContribution contribution) {
    runLock.commit(
        contribution.getStepExecution().getJobExecution(),
        () -> {
          try {
            return make(bundle, number, contribution);
          } catch (IOException e) {
            throw PublicationException.writing(Path.of(staged(bundle)), e);
          }
        });
  }

  private boolean asWanted(Bundle.Part part, Bundle bundle) {
    try {
      return part.recipients().equals(bundle.recipients())
          && part.tokensExpireAt().equals(bundle.tokensExpireAt())
          && (publication.isStaged(staged(bundle), part.staged(), part.bytes())
              || publication.isStaged(staged(bundle), part.name(), part.bytes()));
    } catch (IOException e) {
      throw PublicationException.writing(Path.of(staged(bundle)), e);
    }
  }
}
