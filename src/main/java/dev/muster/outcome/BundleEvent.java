package dev.muster.outcome;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.muster.delivery.BundleBrought;
import dev.muster.delivery.BundleUnfetched;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** A bundle is where its factory finds it, or was not fetched there; absent is what is not so. */
@JsonInclude(JsonInclude.Include.NON_NULL)
record BundleEvent(
    String factory,
    String purpose,
    int id,
    String name,
    long devices,
    String bundle,
    @Nullable Instant deliveredAt,
    @Nullable Instant oldTokensEnd) {

  static CloudEvent<BundleEvent> of(BundleBrought delivered) {
    return event("dev.muster.bundle.delivered", delivered, delivered.deliveredAt(), null, null);
  }

  static CloudEvent<BundleEvent> of(BundleUnfetched unfetched) {
    return event(
        "dev.muster.bundle.unfetched",
        unfetched.delivered(),
        unfetched.since(),
        unfetched.delivered().deliveredAt(),
        unfetched.oldTokensEnd());
  }

  private static CloudEvent<BundleEvent> event(
      String type,
      BundleBrought bundle,
      Instant time,
      @Nullable Instant deliveredAt,
      @Nullable Instant oldTokensEnd) {
    return CloudEvent.of(
        type,
        bundle.factory() + "/" + bundle.bundle(),
        time,
        new BundleEvent(
            bundle.factory(),
            bundle.purpose(),
            bundle.id(),
            bundle.bundle(),
            bundle.devices(),
            bundle.at().toString(),
            deliveredAt,
            oldTokensEnd));
  }
}
