package dev.muster.publisher;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** A device as the field has it: an address, a token, and an HTTPS client. */
public final class TestDevice {

  private final HttpClient client;
  private final URI address;
  private final String token;

  /**
   * Made from what is in its bundle.
   *
   * @param client what it sends with; see {@link #client}
   * @param publisher its address, {@code https://<namespace>/<hub>/publishers/<id>}
   */
  public TestDevice(HttpClient client, String publisher, String token) {
    this.client = client;
    this.address = URI.create(publisher + "/messages");
    this.token = token;
  }

  /** A client that trusts this certificate alone. */
  public static HttpClient client(Path certificate) {
    try (InputStream pem = Files.newInputStream(certificate)) {
      KeyStore trusted = KeyStore.getInstance("PKCS12");
      trusted.load(null, null);
      trusted.setCertificateEntry(
          "hub", CertificateFactory.getInstance("X.509").generateCertificate(pem));
      TrustManagerFactory trust =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      trust.init(trusted);
      SSLContext tls = SSLContext.getInstance("TLS");
      tls.init(null, trust.getTrustManagers(), null);
      return HttpClient.newBuilder()
          .sslContext(tls)
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(20))
          .build();
    } catch (IOException e) {
      throw new UncheckedIOException("The certificate " + certificate + " can't be read.", e);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("The certificate " + certificate + " can't be used.", e);
    }
  }

  /** Sends an event, and returns the status it was answered with. */
  public int send(String event) {
    return answer(event).statusCode();
  }

  /** Sends an event, and returns the whole answer. */
  public HttpResponse<String> answer(String event) {
    HttpRequest request =
        HttpRequest.newBuilder(address)
            .header("Authorization", token)
            .header("Content-Type", "application/json")
            .timeout(Duration.ofSeconds(60))
            .POST(BodyPublishers.ofString(event))
            .build();
    try {
      return client.send(request, BodyHandlers.ofString());
    } catch (IOException e) {
      throw new UncheckedIOException("The hub at " + address + " gave no answer.", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("Interrupted while sending.", e);
    }
  }
}
