package dev.muster.publisher;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.muster.TemporaryFolderInTarget;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A certificate for localhost that vouches for itself, made anew by the JDK's keytool. */
record LocalhostCertificate(KeyStore keyStore, Path pem) {

  static final String PASSWORD = "not-a-secret";
  private static final String ALIAS = "localhost";

  /** Makes one; the certificate alone, without its key, lies in a file of its own. */
  static LocalhostCertificate make() {
    try {
      Path folder = TemporaryFolderInTarget.create("hub-http");
      Path store = folder.resolve("localhost.p12");
      keytool(store);
      KeyStore keyStore = KeyStore.getInstance("PKCS12");
      try (InputStream in = Files.newInputStream(store)) {
        keyStore.load(in, PASSWORD.toCharArray());
      }
      Files.delete(store);
      Path pem = folder.resolve("localhost.pem");
      Files.writeString(pem, pem(keyStore.getCertificate(ALIAS)), US_ASCII);
      return new LocalhostCertificate(keyStore, pem);
    } catch (IOException e) {
      throw new UncheckedIOException("The certificate for localhost can't be written.", e);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("The certificate for localhost can't be made.", e);
    }
  }

  void delete() {
    try {
      Files.deleteIfExists(pem);
      Path folder = pem.getParent();
      if (folder != null) {
        Files.deleteIfExists(folder);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("The file " + pem + " can't be deleted.", e);
    }
  }

  private static void keytool(Path store) throws IOException {
    Process keytool =
        new ProcessBuilder(
                List.of(
                    Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                    "-genkeypair",
                    "-alias",
                    ALIAS,
                    "-keyalg",
                    "EC",
                    "-groupname",
                    "secp256r1",
                    "-dname",
                    "CN=localhost",
                    "-ext",
                    "SAN=dns:localhost,ip:127.0.0.1",
                    "-validity",
                    "2",
                    "-storetype",
                    "PKCS12",
                    "-storepass",
                    PASSWORD,
                    "-keystore",
                    store.toString()))
            .redirectErrorStream(true)
            .start();
    String said = new String(keytool.getInputStream().readAllBytes(), US_ASCII);
    try {
      if (!keytool.waitFor(60, TimeUnit.SECONDS) || keytool.exitValue() != 0) {
        throw new IllegalStateException("keytool made no certificate: " + said);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("Interrupted while keytool ran.", e);
    }
  }

  private static String pem(Certificate certificate) throws GeneralSecurityException {
    return "-----BEGIN CERTIFICATE-----\n"
        + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(certificate.getEncoded())
        + "\n-----END CERTIFICATE-----\n";
  }
}
