package dev.muster.outcome;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.mail.autoconfigure.MailSenderAutoConfiguration;
import org.springframework.boot.test.context.ConfigDataApplicationContextInitializer;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.mail.MailException;
import org.springframework.mail.SimpleMailMessage;
import org.springframework.mail.javamail.JavaMailSender;

/** With the settings that Muster comes with, mail is sent encrypted, or not at all. */
class EncryptedMailTest {

  private static final String PASSWORD = "for-tests-only";

  @TempDir private Path folder;

  @Test
  void aServerThatDemandsStartTlsGetsMailOverTlsOnly() throws Exception {
    try (Server server = new Server(tls())) {
      send(server, "spring.mail.properties.mail.smtp.ssl.trust=127.0.0.1");

      assertThat(server.said)
          .containsSubsequence("STARTTLS", "over TLS: MAIL FROM:<muster@contoso.example>")
          .contains("over TLS: Subject: [Muster] it is done")
          .noneMatch(line -> line.startsWith("MAIL"));
    }
  }

  @Test
  void aServerWithoutStartTlsGetsNothing() throws Exception {
    try (Server server = new Server(null)) {
      assertThatThrownBy(() -> send(server))
          .isInstanceOf(MailException.class)
          .hasMessageContaining("STARTTLS is required");

      assertThat(server.said).noneMatch(line -> line.startsWith("MAIL"));
    }
  }

  @Test
  void aServerWhoseCertificateNobodyTrustsGetsNothing() throws Exception {
    try (Server server = new Server(tls())) {
      assertThatThrownBy(() -> send(server)).isInstanceOf(MailException.class);

      assertThat(server.said).contains("STARTTLS").noneMatch(line -> line.contains("MAIL"));
    }
  }

  private static void send(Server server, String... more) {
    new ApplicationContextRunner()
        .withInitializer(new ConfigDataApplicationContextInitializer())
        .withConfiguration(AutoConfigurations.of(MailSenderAutoConfiguration.class))
        .withPropertyValues("spring.mail.host=127.0.0.1", "spring.mail.port=" + server.port())
        .withPropertyValues(more)
        .run(
            context -> {
              SimpleMailMessage mail = new SimpleMailMessage();
              mail.setFrom("muster@contoso.example");
              mail.setTo("jo@contoso.example");
              mail.setSubject("[Muster] it is done");
              mail.setText("It is.");
              context.getBean(JavaMailSender.class).send(mail);
            });
  }

  /** Of a certificate for this machine's address, which only who is told so trusts. */
  private SSLContext tls() throws Exception {
    Path keys = folder.resolve("keys.p12");
    if (!Files.exists(keys)) {
      Process keytool =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                  "-genkeypair",
                  "-keyalg",
                  "EC",
                  "-alias",
                  "mail",
                  "-dname",
                  "CN=mail",
                  "-ext",
                  "san=ip:127.0.0.1",
                  "-storetype",
                  "PKCS12",
                  "-keystore",
                  keys.toString(),
                  "-storepass",
                  PASSWORD)
              .redirectErrorStream(true)
              .start();
      String said = new String(keytool.getInputStream().readAllBytes(), US_ASCII);
      assertThat(keytool.waitFor()).as(said).isZero();
    }
    KeyStore store = KeyStore.getInstance("PKCS12");
    try (InputStream stored = Files.newInputStream(keys)) {
      store.load(stored, PASSWORD.toCharArray());
    }
    KeyManagerFactory managers =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    managers.init(store, PASSWORD.toCharArray());
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(managers.getKeyManagers(), null, null);
    return context;
  }

  /** SMTP as far as it is needed here; with TLS, no mail is taken before it. */
  private static final class Server implements AutoCloseable {

    private final ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
    private final List<String> said = new CopyOnWriteArrayList<>();
    private final @Nullable SSLContext tls;

    Server(@Nullable SSLContext tls) throws IOException {
      this.tls = tls;
      Thread thread = new Thread(this::serve, "smtp");
      thread.setDaemon(true);
      thread.start();
    }

    int port() {
      return socket.getLocalPort();
    }

    private void serve() {
      while (!socket.isClosed()) {
        try (Socket client = socket.accept()) {
          answer(client, "220 here");
          talk(client, false);
        } catch (IOException e) {
          // the client has gone, or the test is over
        }
      }
    }

    private void talk(Socket client, boolean encrypted) throws IOException {
      BufferedReader lines =
          new BufferedReader(new InputStreamReader(client.getInputStream(), US_ASCII));
      boolean content = false;
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        said.add(encrypted ? "over TLS: " + line : line);
        if (content) {
          content = !line.equals(".");
          if (!content) {
            answer(client, "250 taken");
          }
        } else if (line.startsWith("EHLO")) {
          answer(client, tls == null || encrypted ? "250 here" : "250-here\r\n250 STARTTLS");
        } else if (line.equals("STARTTLS") && tls != null) {
          answer(client, "220 go on");
          SSLSocket secure =
              (SSLSocket) tls.getSocketFactory().createSocket(client, null, port(), true);
          secure.setUseClientMode(false);
          talk(secure, true);
          return;
        } else if (line.equals("QUIT")) {
          answer(client, "221 bye");
          return;
        } else if (tls != null && !encrypted) {
          answer(client, "530 5.7.0 Must issue a STARTTLS command first");
        } else if (line.equals("DATA")) {
          answer(client, "354 go on");
          content = true;
        } else {
          answer(client, "250 ok");
        }
      }
    }

    private static void answer(Socket client, String line) throws IOException {
      client.getOutputStream().write((line + "\r\n").getBytes(US_ASCII));
      client.getOutputStream().flush();
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }
}
