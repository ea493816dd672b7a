package dev.muster.provisioning;

import dev.muster.registry.Manifests;
import java.io.IOException;
import java.time.Clock;
import org.springframework.stereotype.Component;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.support.TransactionTemplate;

/** Takes back what a run loaded: its rows leave the registry as if they had never been sent. */
@Component
public class Withdrawal {

  private final Manifests manifests;
  private final Spool spool;
  private final BundleFolder bundleFolder;
  private final Clock clock;
  private final TransactionTemplate ownTransaction;

  Withdrawal(
      Manifests manifests,
      Spool spool,
      BundleFolder bundleFolder,
      Clock clock,
      PlatformTransactionManager transactionManager) {
    this.manifests = manifests;
    this.spool = spool;
    this.bundleFolder = bundleFolder;
    this.clock = clock;
    this.ownTransaction = new TransactionTemplate(transactionManager);
    this.ownTransaction.setPropagationBehavior(TransactionDefinition.PROPAGATION_REQUIRES_NEW);
  }

  /**
   * Withdraws the manifest in a transaction of its own, so that it stays withdrawn when the step
   * that asks for it fails.
   *
   * @return how many devices left the registry
   * @throws IllegalStateException when tokens of it were delivered
   */
  public long withdraw(int manifestId, RunParameters run) throws IOException {
    Long devices =
        ownTransaction.execute(status -> manifests.withdraw(manifestId, clock.instant()));
    bundleFolder.remove(BundleFolder.bundle(manifestId));
    spool.remove(run, manifestId);
    return devices == null ? 0 : devices;
  }
}
