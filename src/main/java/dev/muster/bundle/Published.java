package dev.muster.bundle;

import java.io.IOException;
import java.time.Clock;
import java.util.Objects;
import org.springframework.stereotype.Component;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/** What was published, or may have been, is delivered: here that is written down. */
@Component
public class Published {

  private final Bundles bundles;
  private final PartIssuing issuing;
  private final Publication publication;
  private final Clock clock;
  private final TransactionTemplate transaction;

  Published(
      Bundles bundles,
      PartIssuing issuing,
      Publication publication,
      Clock clock,
      PlatformTransactionManager transactionManager) {
    this.bundles = bundles;
    this.issuing = issuing;
    this.publication = publication;
    this.clock = clock;
    this.transaction = new TransactionTemplate(transactionManager);
  }

  /**
   * For the next of its devices, in the transaction that is under way.
   *
   * @return whether there were any
   */
  boolean handOver(Bundle bundle) {
    return issuing.content(bundle).handOver(bundle, Objects.requireNonNull(bundle.receipt()));
  }

  /** For the whole, when all its devices are done; in the transaction that is under way, if any. */
  void delivered(Bundle bundle) {
    transaction.executeWithoutResult(
        status -> {
          bundles.delivered(bundle, clock.instant());
          issuing
              .content(bundle)
              .delivered(
                  bundle,
                  Objects.requireNonNull(bundle.outbox()),
                  Objects.requireNonNull(bundle.receipt()));
        });
  }

  /**
   * Whether a bundle is in somebody's hands, or may be. If its run was killed before that was
   * written down, it is now; if not, it does not appear any more unless its run goes on. Whoever
   * asks holds the run.
   */
  public boolean is(int id) throws IOException {
    Bundle bundle = bundles.find(id).orElseThrow();
    if (bundle.published()
        && !bundle.delivered()
        && !publication.withhold(
            PartIssuing.appearance(bundle, bundles.parts(id)),
            Objects.requireNonNull(bundle.receipt()))) {
      while (Boolean.TRUE.equals(transaction.execute(status -> handOver(bundle)))) {}
      delivered(bundle);
      return true;
    }
    return bundle.delivered();
  }

  /** Removes what was made of a bundle that was given up. */
  public void removeStaged(int id) throws IOException {
    publication.remove(Integer.toString(id));
  }
}
