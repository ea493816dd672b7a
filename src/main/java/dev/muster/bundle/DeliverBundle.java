package dev.muster.bundle;

import dev.muster.run.RunLock;
import dev.muster.run.RunSteps;
import java.io.IOException;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.springframework.batch.core.step.StepContribution;
import org.springframework.batch.core.step.StepExecution;
import org.springframework.stereotype.Component;

/**
 * Puts the receipt beside the parts, commits that the bundle is about to appear, makes it appear in
 * the outbox, and then writes down what its devices have, and that it is delivered. Killed
 * anywhere, a restart knows from the intent whether it may be in somebody's hands, whether it still
 * lies there or not.
 */
@Component
class DeliverBundle implements RunSteps.Work {

  private final Bundles bundles;
  private final PartIssuing issuing;
  private final Publication publication;
  private final Published published;
  private final Clock clock;
  private final RunLock runLock;

  DeliverBundle(
      Bundles bundles,
      PartIssuing issuing,
      Publication publication,
      Published published,
      Clock clock,
      RunLock runLock) {
    this.bundles = bundles;
    this.issuing = issuing;
    this.publication = publication;
    this.published = published;
    this.clock = clock;
    this.runLock = runLock;
  }

  @Override
  public void of(StepContribution contribution) throws IOException {
    StepExecution step = contribution.getStepExecution();
    Bundle bundle = bundles.of(step);
    BundleContent content = issuing.content(bundle);
    if (bundle.published() && !bundle.delivered()) {
      deliver(bundle, content, step);
    } else if (!bundle.delivered() && bundle.givenUpAt() == null) {
      bundle = issuing.asThingsAre(bundle, step);
      issuing.mend(bundle, contribution);
      if (!endedEmpty(bundle, content)) {
        deliver(bundle, content, step);
      }
    }
    content.clean(bundle, step);
  }

  private boolean endedEmpty(Bundle bundle, BundleContent content) throws IOException {
    long tokens = bundles.parts(bundle.id()).stream().mapToLong(Bundle.Part::devices).sum();
    Instant now = clock.instant();
    if (tokens > 0 || !content.endedEmpty(bundle, now)) {
      return false;
    }
    bundles.giveUp(bundle.id(), now);
    publication.remove(PartIssuing.staged(bundle));
    return true;
  }

  private void deliver(Bundle bundle, BundleContent content, StepExecution step)
      throws IOException {
    List<Bundle.Part> parts = bundles.parts(bundle.id());
    Publication.Appearance what = PartIssuing.appearance(bundle, parts);
    publication.once(
        what,
        bundle.receipt(),
        folder -> content.receipt(bundle, parts, folder, step),
        receipt ->
            runLock.commit(
                step.getJobExecution(),
                () ->
                    bundles.publishing(
                        bundle.id(),
                        clock.instant().truncatedTo(ChronoUnit.MICROS),
                        what.target(),
                        receipt,
                        content.oldTokensEnd(bundle))));
    published.delivered(bundles.of(step), page -> runLock.commit(step.getJobExecution(), page));
  }
}
