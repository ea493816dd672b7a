package dev.muster.credential.sas;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;

/** As whom Muster manages a hub: tells it which publishers are revoked. */
public sealed interface HubManagement {

  /** By a shared access policy of the hub, or its namespace, that has Manage. */
  record Policy(String keyName, SharedAccessKey key) implements HubManagement {

    public Policy {
      Hub.check(
          Hub.ENTITY,
          keyName,
          "manage-key-name",
          "letters, digits, full stops, hyphens and underscores");
    }

    /**
     * A SAS token for the whole hub. Formed like devices' tokens, see {@link DeviceTokens}.
     *
     * @param expiresAt whole seconds count
     */
    public String token(Hub hub, Instant expiresAt) {
      String resource = DeviceTokens.encodedResource(hub);
      String toSign = resource + "\n" + expiresAt.getEpochSecond();
      byte[] signature = new byte[BegunHmac.LENGTH];
      new BegunHmac(key.bytes(), new byte[0])
          .sign(toSign.getBytes(StandardCharsets.US_ASCII), signature);
      return "SharedAccessSignature sr=%s&sig=%s&se=%d&skn=%s"
          .formatted(
              resource,
              URLEncoder.encode(
                  Base64.getEncoder().encodeToString(signature), StandardCharsets.UTF_8),
              expiresAt.getEpochSecond(),
              URLEncoder.encode(keyName, StandardCharsets.UTF_8));
    }
  }

  /** By the identity that this process has in Entra ID. */
  record Identity() implements HubManagement {}
}
