package dev.muster.factory;

import dev.muster.bundle.AgeRecipient;
import dev.muster.home.Sha256;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;

/**
 * What of a factory decides who opens its bundles and whose word its lists are. Keys are told by
 * their fingerprints, as OpenSSH writes them: {@code SHA256:} and the Base64, without padding, of
 * the SHA-256 of the key as text.
 *
 * @param recipients in order, so that only a change is one
 * @param signingKeys in order too; none: it does not sign
 * @param anyDevice whether its lists may name other factories' devices
 */
public record FactoryKeys(List<String> recipients, List<String> signingKeys, boolean anyDevice) {

  public FactoryKeys {
    recipients = recipients.stream().sorted().toList();
    signingKeys = signingKeys.stream().sorted().toList();
  }

  static FactoryKeys of(Factory factory) {
    return new FactoryKeys(
        factory.recipients().stream()
            .map(AgeRecipient::publicKey)
            .map(FactoryKeys::fingerprint)
            .toList(),
        factory.signingKeys().stream()
            .map(SigningKey::base64)
            .map(FactoryKeys::fingerprint)
            .toList(),
        factory.anyDevice());
  }

  static String fingerprint(String key) {
    byte[] sha256 = Sha256.digest().digest(key.getBytes(StandardCharsets.US_ASCII));
    return "SHA256:" + Base64.getEncoder().withoutPadding().encodeToString(sha256);
  }

  /** As the audit keeps it. */
  @Override
  public String toString() {
    return "recipients %s, %s, lists name %s"
        .formatted(
            String.join(" ", recipients),
            signingKeys.isEmpty() ? "does not sign" : "signs with " + String.join(" ", signingKeys),
            anyDevice ? "any device" : "its own devices");
  }
}
