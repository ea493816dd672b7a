package dev.muster.exchange;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.net.URLEncoder;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** A token as Event Hubs' documentation says that it is made; shares nothing with our own code. */
public record TestToken(
    String namespace, String eventHub, String keyName, String key, String device, long expiry) {

  public TestToken device(String other) {
    return new TestToken(namespace, eventHub, keyName, key, other, expiry);
  }

  public TestToken key(String other) {
    return new TestToken(namespace, eventHub, keyName, other, device, expiry);
  }

  public TestToken keyName(String other) {
    return new TestToken(namespace, eventHub, other, key, device, expiry);
  }

  public TestToken namespace(String other) {
    return new TestToken(other, eventHub, keyName, key, device, expiry);
  }

  public TestToken eventHub(String other) {
    return new TestToken(namespace, other, keyName, key, device, expiry);
  }

  public TestToken expiry(long other) {
    return new TestToken(namespace, eventHub, keyName, key, device, other);
  }

  public TestToken expiry(Instant other) {
    return expiry(other.getEpochSecond());
  }

  public String resource() {
    return "https://" + namespace + "/" + eventHub + "/publishers/" + device;
  }

  public String text() {
    return text(URLEncoder.encode(resource(), UTF_8));
  }

  /** For a resource that is written in another way, or is another one. */
  public String text(String encodedResource) {
    return "SharedAccessSignature sr=%s&sig=%s&se=%d&skn=%s"
        .formatted(
            encodedResource,
            URLEncoder.encode(signature(encodedResource), UTF_8),
            expiry,
            URLEncoder.encode(keyName, UTF_8));
  }

  private String signature(String encodedResource) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(key.getBytes(UTF_8), "HmacSHA256"));
      return Base64.getEncoder()
          .encodeToString(mac.doFinal((encodedResource + "\n" + expiry).getBytes(UTF_8)));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }
}
