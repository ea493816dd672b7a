package dev.muster.publisher;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.credential.sas.Hub;
import dev.muster.credential.sas.HubManagement;
import dev.muster.credential.sas.SharedAccessKey;
import dev.muster.credential.sas.TestHubs;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Test;

/** A token for a hub lives shortly and is made again before it ends. */
class AuthorizationTests {

  private Instant now = Instant.parse("2026-11-24T00:00:00Z");

  private final Clock clock =
      new Clock() {
        @Override
        public ZoneId getZone() {
          return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
          return this;
        }

        @Override
        public Instant instant() {
          return now;
        }
      };

  @Test
  void aTokenIsUsedAgainForFifteenMinutesAndGoodForTwenty() {
    Hub hub = TestHubs.hub("west");
    Authorization authorization =
        new Authorization.OfPolicy(
            hub, new HubManagement.Policy("manage", new SharedAccessKey(TestHubs.KEY)), clock);

    String first = authorization.header();
    now = now.plusSeconds(15 * 60 - 1);
    String used = authorization.header();
    now = now.plusSeconds(1);
    String second = authorization.header();

    assertThat(first)
        .startsWith(
            "SharedAccessSignature sr=https%3A%2F%2Fcontoso.servicebus.windows.net%2Fdevices&sig=")
        .endsWith("&se=" + Instant.parse("2026-11-24T00:20:00Z").getEpochSecond() + "&skn=manage");
    assertThat(used).isEqualTo(first);
    assertThat(second)
        .endsWith("&se=" + Instant.parse("2026-11-24T00:35:00Z").getEpochSecond() + "&skn=manage");
  }
}
