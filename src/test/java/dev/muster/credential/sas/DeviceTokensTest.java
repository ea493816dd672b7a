package dev.muster.credential.sas;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.azure.core.credential.TokenRequestContext;
import com.azure.messaging.eventhubs.implementation.EventHubSharedKeyCredential;
import dev.muster.RunProgram;
import dev.muster.manifest.Guid;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class DeviceTokensTest {

  private static final UUID DEVICE = UUID.fromString("0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0");
  private static final Instant EXPIRY = Instant.parse("2027-01-02T03:04:05Z");
  private static final Pattern TOKEN =
      Pattern.compile(
          "SharedAccessSignature sr=([^&]+)&sig=([^&]+)&se=(\\d+)&skn=([A-Za-z0-9._-]+)");

  private final Hub hub = TestHubs.hub("main");
  private final DeviceTokens tokens = new DeviceTokens(hub, hub.primaryKey(), EXPIRY);

  @Test
  void aTokenIsTheOneThatWasPinned() {
    assertThat(tokens.token(DEVICE))
        .isEqualTo(
            "SharedAccessSignature"
                + " sr=https%3A%2F%2Fcontoso.servicebus.windows.net%2Fdevices%2Fpublishers%2F0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0&sig=BeCGrKEUdWaeYnpe8bnv7MEdpYU5jREtkmF2ti6%2F%2BAs%3D&se=1798859045&skn=device-send");
  }

  @Test
  void theResourceIsTheDevicesPublisherPercentEncodedAsUrlEncoderDoes() {
    Matcher token = matched(tokens.token(DEVICE));

    assertThat(token.group(1))
        .isEqualTo(
            URLEncoder.encode(
                "https://contoso.servicebus.windows.net/devices/publishers/" + DEVICE, UTF_8));
    assertThat(token.group(3)).isEqualTo(Long.toString(EXPIRY.getEpochSecond()));
    assertThat(token.group(4)).isEqualTo("device-send");
  }

  @Test
  void azuresOwnSignerMakesTheSameTokens() {
    Random random = new Random(1);
    for (int i = 0; i < 200; i++) {
      UUID device = new UUID(random.nextLong(), random.nextLong());
      String theirs =
          new EventHubSharedKeyCredential(hub.keyName(), TestHubs.KEY, Duration.ofDays(10))
              .getTokenSync(
                  new TokenRequestContext()
                      .addScopes(
                          "https://contoso.servicebus.windows.net/devices/publishers/" + device))
              .getToken();
      // It takes the expiry from the clock, so ours is asked for the same second.
      Instant expiry = Instant.ofEpochSecond(Long.parseLong(matched(theirs).group(3)));

      assertThat(new DeviceTokens(hub, hub.primaryKey(), expiry).token(device)).isEqualTo(theirs);
    }
  }

  @Test
  void opensslMakesTheSameSignature() throws Exception {
    Matcher token = matched(tokens.token(DEVICE));
    byte[] signed = (token.group(1) + "\n" + token.group(3)).getBytes(US_ASCII);

    RunProgram.Result openssl =
        RunProgram.run(
            List.of("openssl", "dgst", "-sha256", "-hmac", TestHubs.KEY, "-binary"), signed);

    assertThat(openssl.exitCode()).as(openssl.stderr()).isZero();
    assertThat(URLDecoder.decode(token.group(2), UTF_8))
        .isEqualTo(Base64.getEncoder().encodeToString(openssl.stdout()));
  }

  @Test
  void aSignaturesPlusSlashAndEqualsSignArePercentEncoded() {
    Random random = new Random(2);
    StringBuilder signatures = new StringBuilder();
    for (int i = 0; i < 100; i++) {
      signatures.append(
          matched(tokens.token(new UUID(random.nextLong(), random.nextLong()))).group(2));
    }

    assertThat(signatures).matches("(?:[A-Za-z0-9]++|%2B|%2F|%3D)++").contains("%2B", "%2F", "%3D");
  }

  @Test
  void theSecondaryKeyMakesAnotherSignatureUnderTheSameName() {
    Matcher other =
        matched(new DeviceTokens(hub, new SharedAccessKey("another"), EXPIRY).token(DEVICE));
    Matcher token = matched(tokens.token(DEVICE));

    assertThat(other.group(2)).isNotEqualTo(token.group(2));
    assertThat(other.group(1)).isEqualTo(token.group(1));
    assertThat(other.group(4)).isEqualTo(token.group(4));
  }

  @Test
  void aDevicesColumnsAreWrittenWhereTheyAreWantedAndNowhereElse() {
    byte[] target = new byte[tokens.maxLength() + 20];
    Arrays.fill(target, (byte) '#');

    int end =
        tokens.write(DEVICE.getMostSignificantBits(), DEVICE.getLeastSignificantBits(), target, 10);

    assertThat(new String(target, 10, end - 10, US_ASCII))
        .isEqualTo(
            "contoso.servicebus.windows.net,devices,%s,%s"
                .formatted(tokens.token(DEVICE), EXPIRY.truncatedTo(ChronoUnit.SECONDS)));
    assertThat(new String(target, 0, 10, US_ASCII)).isEqualTo("##########");
    assertThat(new String(target, end, target.length - end, US_ASCII)).matches("#+");
  }

  @Test
  void oneSignersTokensDoNotDependOnThoseBefore() {
    String first = tokens.token(DEVICE);
    tokens.token(new UUID(1, 2));

    assertThat(tokens.token(DEVICE)).isEqualTo(first);
  }

  @Test
  void guidsAreWrittenInLowerCaseAsJavaWritesThem() {
    Random random = new Random(3);
    byte[] target = new byte[40];
    for (int i = 0; i < 1000; i++) {
      UUID device = new UUID(random.nextLong(), random.nextLong());
      int end =
          Guid.write(device.getMostSignificantBits(), device.getLeastSignificantBits(), target, 2);

      assertThat(new String(target, 2, end - 2, US_ASCII)).isEqualTo(device.toString());
    }
  }

  private static Matcher matched(String token) {
    Matcher matcher = TOKEN.matcher(token);
    assertThat(matcher.matches()).as(token).isTrue();
    return matcher;
  }
}
