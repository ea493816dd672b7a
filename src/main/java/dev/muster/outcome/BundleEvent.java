package dev.muster.outcome;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.muster.delivery.BundleBrought;
import dev.muster.delivery.BundleUnfetched;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** A bundle is where its factory finds it, or was not fetched there, as a CloudEvent 1.0. */
record BundleEvent(
    String specversion,
    String id,
    String source,
    String type,
    String subject,
    Instant time,
    String datacontenttype,
    Data data) {

  /** What it says; absent is what is not so. */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Data(
      String factory,
      String purpose,
      int id,
      String name,
      long devices,
      String bundle,
      @Nullable Instant deliveredAt,
      @Nullable Instant oldTokensEnd) {}

  static BundleEvent of(BundleBrought delivered) {
    return event("dev.muster.bundle.delivered", delivered, delivered.deliveredAt(), null, null);
  }

  static BundleEvent of(BundleUnfetched unfetched) {
    return event(
        "dev.muster.bundle.unfetched",
        unfetched.delivered(),
        unfetched.since(),
        unfetched.delivered().deliveredAt(),
        unfetched.oldTokensEnd());
  }

  private static BundleEvent event(
      String type,
      BundleBrought bundle,
      Instant time,
      @Nullable Instant deliveredAt,
      @Nullable Instant oldTokensEnd) {
    return new BundleEvent(
        "1.0",
        UUID.randomUUID().toString(),
        "/muster",
        type,
        bundle.factory() + "/" + bundle.bundle(),
        time,
        "application/json",
        new Data(
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
