package dev.muster.outcome;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.outcome.Channel.Attempt;
import dev.muster.outcome.Channel.Due;
import dev.muster.outcome.WebhookProperties.Hook;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WebhookChannelTest {

  private static final Duration PATIENCE = Duration.ofSeconds(5);

  /** Nobody listens there. */
  private static final Hook HOOK =
      new Hook(
          "erp",
          URI.create("http://127.0.0.1:1/"),
          List.of("whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="),
          List.of("dev.muster.bundle.*"),
          "fabrikam");

  @ParameterizedTest
  @CsvSource({
    "fabrikam, dev.muster.bundle.delivered, false",
    "contoso, dev.muster.bundle.delivered, true",
    ", dev.muster.bundle.delivered, true",
    "fabrikam, dev.muster.nightly, true"
  })
  void whatWasKeptForOneWhoMayNotKnowItAnyMoreIsNotSent(
      @Nullable String factory, String type, boolean never) {
    Attempt attempt =
        new WebhookChannel(HOOK, PATIENCE, Clock.systemUTC())
            .send(new Due(1, "erp", factory, "event", type, "{}", null, Instant.now(), 0));

    assertThat(attempt.never()).isEqualTo(never);
    assertThat(attempt.taken()).isFalse();
  }
}
