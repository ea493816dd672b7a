package dev.muster.web;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.Await;
import dev.muster.FreePort;
import dev.muster.RequiredTool;
import java.io.FileInputStream;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** A real nginx with TLS, configured as {@code docs/sign-in.md} says, for {@code localhost}. */
final class Nginx implements AutoCloseable {

  private static final Pattern BLOCK = Pattern.compile("(?s)```nginx\n(.*?)```");

  private final Process process;
  private final int port;
  private final Path folder;

  private Nginx(Process process, int port, Path folder) {
    this.process = process;
    this.port = port;
    this.folder = folder;
  }

  /** What the documentation says, the server first, and then what is put in place of its end. */
  static List<String> documented() throws IOException {
    return BLOCK
        .matcher(Files.readString(Path.of("docs/sign-in.md")))
        .results()
        .map(block -> block.group(1))
        .toList();
  }

  /**
   * Starts one; skips the test where there is none.
   *
   * @param server as documented; the addresses in it become those of this test
   * @param muster the port of the service
   */
  static Nginx start(String server, String muster, Path folder) throws Exception {
    RequiredTool.orSkip("nginx");
    RequiredTool.orSkip("openssl");
    Path key = folder.resolve("muster.key");
    Path certificate = folder.resolve("muster.pem");
    run(
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2"
            + " -subj /CN=localhost -addext subjectAltName=DNS:localhost,IP:127.0.0.1 -keyout "
            + key
            + " -out "
            + certificate);
    int port = FreePort.any();
    Path configuration =
        Files.writeString(
            folder.resolve("nginx.conf"),
            """
            daemon off;
            worker_processes 1;
            pid %1$s/pid;
            error_log %1$s/error.log;
            events {}
            http {
              access_log off;
              client_body_temp_path %1$s/body;
              proxy_temp_path %1$s/proxy;
              fastcgi_temp_path %1$s/fastcgi;
              uwsgi_temp_path %1$s/uwsgi;
              scgi_temp_path %1$s/scgi;
            %2$s}
            """
                .formatted(
                    folder,
                    server
                        .replace("listen 443", "listen 127.0.0.1:" + port)
                        .replace("muster.example", "localhost")
                        .replace("/etc/nginx", folder.toString())
                        .replace("127.0.0.1:8080", "127.0.0.1:" + muster)));
    Process process =
        new ProcessBuilder("nginx", "-p", folder.toString(), "-c", configuration.toString())
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("out").toFile())
            .start();
    Nginx nginx = new Nginx(process, port, folder);
    boolean unused = Await.until(Duration.ofSeconds(30), nginx::answers, answers -> answers);
    return nginx;
  }

  private boolean answers() throws IOException {
    assertThat(process.isAlive()).as(Files.readString(folder.resolve("out"))).isTrue();
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      return socket.isConnected();
    } catch (ConnectException e) {
      return false;
    }
  }

  private static void run(String command) throws Exception {
    Process process = new ProcessBuilder(command.split(" ")).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(said).isZero();
  }

  /** Where it is: {@code https://localhost:<port>}. */
  String address() {
    return "https://localhost:" + port;
  }

  /** That trusts it. */
  HttpClient client() throws Exception {
    return HttpClient.newBuilder().sslContext(trusting()).build();
  }

  /** What it answers to who asks for another host. */
  String answerForHost(String host) throws Exception {
    try (Socket socket =
        trusting().getSocketFactory().createSocket(InetAddress.getLoopbackAddress(), port)) {
      socket
          .getOutputStream()
          .write(
              "GET / HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n"
                  .formatted(host)
                  .getBytes(StandardCharsets.US_ASCII));
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private SSLContext trusting() throws Exception {
    KeyStore trusted = KeyStore.getInstance("PKCS12");
    trusted.load(null, null);
    try (FileInputStream in = new FileInputStream(folder.resolve("muster.pem").toFile())) {
      trusted.setCertificateEntry(
          "nginx", CertificateFactory.getInstance("X.509").generateCertificate(in));
    }
    TrustManagerFactory factory =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(trusted);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, factory.getTrustManagers(), null);
    return context;
  }

  @Override
  public void close() throws InterruptedException {
    process.destroy(); // it ends its workers
    process.waitFor();
  }
}
