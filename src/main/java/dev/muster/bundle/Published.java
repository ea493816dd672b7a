package dev.muster.bundle;

import java.io.IOException;
import java.time.Clock;
import java.util.Objects;
import java.util.function.Predicate;
import java.util.function.Supplier;
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
   * What its devices have, page by page; then that it is delivered, in the transaction that is
   * under way, if one is.
   *
   * @param commit does a page in a transaction of its own
   */
  void delivered(Bundle bundle, Predicate<Supplier<Boolean>> commit) {
    BundleContent content = issuing.content(bundle);
    String receipt = Objects.requireNonNull(bundle.receipt());
    Supplier<Boolean> next = content.handOver(bundle, receipt);
    boolean more = true;
    while (more) {
      more = commit.test(next);
    }
    transaction.executeWithoutResult(
        status -> {
          bundles.delivered(bundle, clock.instant());
          content.delivered(bundle, Objects.requireNonNull(bundle.outbox()), receipt);
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
      delivered(bundle, page -> Boolean.TRUE.equals(transaction.execute(status -> page.get())));
      return true;
    }
    return bundle.delivered();
  }

  /** Removes what was made of a bundle that was given up. */
  public void removeStaged(int id) throws IOException {
    publication.remove(Integer.toString(id));
  }
}
