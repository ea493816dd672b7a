package dev.muster.arrival;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.TestManifest;
import dev.muster.bundle.Receipt;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * What every place promises a factory that sends there, wherever that is: whatever becomes of a
 * file, its sender finds it out where the file was sent.
 */
public interface PlaceContract {

  /** Sends a file of a factory of the test's own, as factories do it here. */
  void send(String name, String content) throws Exception;

  /** Waits until a file is done with; what its sender finds. */
  Found found(String name) throws Exception;

  /**
   * What a sender finds.
   *
   * @param accepted how many devices were accepted; null: it was refused
   * @param said the receipt, or the event, as it stands there; or why it was refused
   */
  record Found(@Nullable Long accepted, String said) {

    /** What lies beside a bundle. */
    public static Found of(String receipt) {
      return new Found(Receipt.parse(receipt).accepted(), receipt);
    }
  }

  @Test
  default void whoeverSendsAManifestFindsItsReceipt() throws Exception {
    send("contract-7.csv", someManifest(4));

    assertThat(found("contract-7.csv").accepted()).isEqualTo(4);
  }

  @Test
  default void whoeverSendsTheSameAgainUnderAnotherNameIsToldTheSame() throws Exception {
    String content = someManifest(3);
    send("contract-once.csv", content);
    Found once = found("contract-once.csv");

    send("contract-again.csv", content);

    assertThat(found("contract-again.csv").accepted()).isEqualTo(3).isEqualTo(once.accepted());
  }

  @Test
  default void whoeverSendsWhatIsNoManifestFindsWhy() throws Exception {
    send("contract-none.csv", "serial_number\nSN-%s\n".formatted(UUID.randomUUID()));

    Found found = found("contract-none.csv");

    assertThat(found.accepted()).isNull();
    assertThat(found.said())
        .as("what is missing, and nothing of this machine")
        .contains("device_id")
        .doesNotContain("Exception", "/target/");
  }

  private static String someManifest(int rows) {
    return TestManifest.seeded(UUID.randomUUID().getMostSignificantBits()).rows(rows).content();
  }
}
