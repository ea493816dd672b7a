package dev.muster.bundle;

import dev.muster.home.SecretFile;
import dev.muster.run.RunLock;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.springframework.batch.core.scope.context.ChunkContext;
import org.springframework.batch.core.step.StepContribution;
import org.springframework.batch.core.step.StepExecution;
import org.springframework.batch.core.step.tasklet.Tasklet;
import org.springframework.batch.infrastructure.repeat.RepeatStatus;
import org.springframework.stereotype.Component;

/**
 * Puts the receipt beside the parts, commits that the bundle is about to appear, makes it appear in
 * the outbox at once, and then writes down that it is delivered. Killed anywhere, a restart knows
 * from the intent whether it may be in somebody's hands, whether it still lies there or not.
 */
@Component
class DeliverBundle implements Tasklet {

  private static final String RECEIPT = "receipt.json";

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
  public RepeatStatus execute(StepContribution contribution, ChunkContext chunkContext)
      throws IOException {
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
    return RepeatStatus.FINISHED;
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
    Path outbox = publication.outbox(bundle.factory(), bundle.name());
    String[] receipt = new String[1];
    publication.once(
        PartIssuing.staged(bundle),
        outbox,
        bundle.published(),
        folder -> {
          List<Bundle.Part> parts = bundles.parts(bundle.id());
          assemble(folder, parts);
          receipt[0] = content.receipt(bundle, parts, folder, step);
          SecretFile.createNew(folder.resolve(RECEIPT), receipt[0] + "\n");
        },
        () ->
            runLock.commit(
                step.getJobExecution(),
                () ->
                    bundles.publishing(
                        bundle.id(),
                        clock.instant().truncatedTo(ChronoUnit.MICROS),
                        outbox.toString(),
                        receipt[0])));
    published.delivered(bundles.of(step));
  }

  /**
   * Gives the finished parts their names in the bundle, and removes what killed executions left.
   * Begun before and broken off, it goes on.
   */
  private static void assemble(Path staging, List<Bundle.Part> parts) throws IOException {
    Set<String> names = new HashSet<>();
    for (Bundle.Part part : parts) {
      Path staged = staging.resolve(part.staged());
      if (Files.exists(staged)) {
        Files.move(staged, staging.resolve(part.name()), StandardCopyOption.ATOMIC_MOVE);
      }
      names.add(part.name());
    }
    try (DirectoryStream<Path> files =
        Files.newDirectoryStream(
            staging, file -> !names.contains(String.valueOf(file.getFileName())))) {
      for (Path left : files) {
        Files.delete(left);
      }
    }
  }
}
