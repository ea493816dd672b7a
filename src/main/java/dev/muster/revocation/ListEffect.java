package dev.muster.revocation;

import com.fasterxml.jackson.annotation.JsonIgnore;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a revocation list would do as things stand.
 *
 * @param changed how many devices' status would be another, by action; with devices behind gateways
 * @param unknown how many devices the registry does not know, by action; they would be kept on the
 *     list
 * @param unchanged how many entries say what is so already
 * @param later how many entries' time has not come
 * @param behind how many of the changed ones change because they stand behind a gateway
 * @param leftBehind how many devices would stay in service behind a gateway that does not
 * @param rejected how many entries would be rejected
 * @param rejectedByCode the same, by code; {@code NOT_YOUR_DEVICE} are someone else's
 * @param rejectLimit how many would fail the list: {@code 100}, {@code 5%}
 * @param tooManyRejects whether they would
 * @param outOfService how many devices it would take out of service now or later, or keep from
 *     coming
 * @param backInService how many devices it would bring back, now or later
 * @param ceiling how many it may take out, and how many bring back, on one person's word
 * @param ofDevices of how many devices of its factory that is; of an operator's, of all
 * @param provisionedAs the number of the manifest that the same file was before; null: none
 */
public record ListEffect(
    Map<String, Long> changed,
    Map<String, Long> unknown,
    long unchanged,
    long later,
    long behind,
    long leftBehind,
    long rejected,
    Map<String, Long> rejectedByCode,
    String rejectLimit,
    boolean tooManyRejects,
    long outOfService,
    long backInService,
    long ceiling,
    long ofDevices,
    @Nullable Integer provisionedAs) {

  /** Why a second person must approve it, as a sentence; null: nobody must. */
  @JsonIgnore
  public @Nullable String held() {
    if (provisionedAs != null) {
      return "The same file was provisioned as a manifest before (number %d): as a list it takes out of service what it brought."
          .formatted(provisionedAs);
    }
    if (outOfService > ceiling) {
      return aboveCeiling("takes %,d devices out of service".formatted(outOfService));
    }
    return backInService > ceiling
        ? aboveCeiling("brings %,d devices back into service".formatted(backInService))
        : null;
  }

  private String aboveCeiling(String does) {
    return "It %s, of %,d in all, and the ceiling of one list is %,d."
        .formatted(does, ofDevices, ceiling);
  }
}
