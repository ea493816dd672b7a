package dev.muster.eventhubs;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.net.URLDecoder;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** A policy and its two keys, and the checking of tokens signed with one of them. */
public record SharedAccessPolicy(String name, String primaryKey, String secondaryKey) {

  private static final String SCHEME = "SharedAccessSignature ";

  /** With two new keys: 32 bytes as Base64, as the portal makes them. */
  public static SharedAccessPolicy withNewKeys(String name) {
    return new SharedAccessPolicy(name, newKey(), newKey());
  }

  /** With another primary key; what is signed with the old one is refused from now on. */
  public SharedAccessPolicy withNewPrimaryKey() {
    return new SharedAccessPolicy(name, newKey(), secondaryKey);
  }

  /** With another secondary key. */
  public SharedAccessPolicy withNewSecondaryKey() {
    return new SharedAccessPolicy(name, primaryKey, newKey());
  }

  private static String newKey() {
    byte[] key = new byte[32];
    new SecureRandom().nextBytes(key);
    return Base64.getEncoder().encodeToString(key);
  }

  /**
   * Whether the token opens this resource now, judged as the service judges it.
   *
   * @param owner what the policy is of: it vouches for nothing beyond
   */
  public TokenVerdict judge(String token, Resource audience, Resource owner) {
    Map<String, String> fields = fields(token);
    String resource = fields.get("sr");
    String signature = fields.get("sig");
    String expiry = fields.get("se");
    if (resource == null || signature == null || expiry == null || !expiry.matches("\\d{1,11}")) {
      return new TokenVerdict.Refused(
          "MalformedToken: The token needs the fields 'sr', 'sig', 'se' and 'skn'.");
    }
    if (!name.equals(fields.get("skn")) || !isSigned(resource + "\n" + expiry, signature)) {
      return new TokenVerdict.Refused("InvalidSignature: The token has an invalid signature.");
    }
    Instant until = Instant.ofEpochSecond(Long.parseLong(expiry));
    if (!Instant.now().isBefore(until)) {
      return new TokenVerdict.Refused(
          "ExpiredToken: The token is expired. Expiration time: " + until + ".");
    }
    Optional<Resource> scope = decoded(resource).flatMap(Resource::parse);
    if (scope.isEmpty() || !owner.covers(scope.get()) || !scope.get().covers(audience)) {
      return new TokenVerdict.Refused(
          "InvalidAudience: The authorization header contains a token with a wrong audience.");
    }
    return new TokenVerdict.Accepted(until);
  }

  // What is signed is the percent-encoded resource as it stands in the token.
  private boolean isSigned(String signed, String signature) {
    return decoded(signature).stream()
        .flatMap(
            given ->
                Stream.of(primaryKey, secondaryKey)
                    .map(key -> MessageDigest.isEqual(hmac(key, signed), given.getBytes(UTF_8))))
        .anyMatch(Boolean::booleanValue);
  }

  private static byte[] hmac(String key, String signed) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(key.getBytes(UTF_8), "HmacSHA256"));
      return Base64.getEncoder().encode(mac.doFinal(signed.getBytes(UTF_8)));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("Every Java has HMAC-SHA256.", e);
    }
  }

  private static Map<String, String> fields(String token) {
    Map<String, String> fields = new HashMap<>();
    if (token.startsWith(SCHEME)) {
      for (String field : token.substring(SCHEME.length()).split("&", -1)) {
        int equals = field.indexOf('=');
        if (equals > 0) {
          fields.put(field.substring(0, equals), field.substring(equals + 1));
        }
      }
    }
    return fields;
  }

  private static Optional<String> decoded(String text) {
    try {
      return Optional.of(URLDecoder.decode(text, UTF_8));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /** Without the keys, which a failing test would print. */
  @Override
  public String toString() {
    return "SharedAccessPolicy[" + name + "]";
  }
}
