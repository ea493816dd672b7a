package dev.muster.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.muster.MusterTest;
import dev.muster.access.RefusedException;
import dev.muster.audit.AuditTrail.Line;
import dev.muster.export.Period;
import dev.muster.registry.DevicesInService;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;

/** What is kept of what somebody did, or tried to. */
@MusterTest
class AuditTrailTests {

  @Autowired private DevicesInService service;
  @Autowired private AuditTrail audit;

  @Test
  void whatWasSaidAtLengthIsKeptUpToALengthAndCutBetweenCharacters() {
    UUID device = UUID.randomUUID();
    String reason = "x".repeat(3_999) + "\uD83D\uDE00" + "y".repeat(100);

    assertThatThrownBy(() -> service.revoke(device, reason)).isInstanceOf(RefusedException.class);

    assertThat(
            audit.page(
                new AuditTrail.Filter(null, "device.revoke", device.toString(), null, Period.EVER),
                null,
                10))
        .extracting(Line::subject)
        .containsExactly("device=%s reason=%s…".formatted(device, "x".repeat(3_999)));
  }
}
