package dev.muster.call;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Against somebody who answers byte by byte as the test says. */
@Timeout(60)
class BoundedBodyTest {

  private static final Duration SHORT = Duration.ofMillis(300);
  private static final Duration LONG = Duration.ofSeconds(40);

  private final HttpClient http = HttpClient.newHttpClient();
  private final CompletableFuture<String> connection = new CompletableFuture<>();
  private ServerSocket server = unbound();

  private interface Talk {
    void to(OutputStream client) throws IOException;
  }

  @BeforeEach
  void listen() throws IOException {
    server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
  }

  @AfterEach
  void close() throws IOException {
    server.close();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Content-Length: 10\r\n\r\n",
        "Content-Length: 10\r\n\r\nabc",
        "Transfer-Encoding: chunked\r\n\r\n",
        "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
        "Connection: close\r\n\r\nabc"
      })
  void whatStopsBehindItsHeadersIsGivenUpAndItsConnectionToo(String answer) throws Exception {
    serve(client -> write(client, answer));

    assertThatThrownBy(() -> http.send(request(), BoundedBody.discarded(SHORT)))
        .isInstanceOf(HttpTimeoutException.class);

    assertThat(closed()).isEqualTo("closed");
  }

  @Test
  void soIsWhatIsReadAsItComes() throws Exception {
    serve(client -> write(client, "Content-Length: 10\r\n\r\nabc"));
    HttpResponse<InputStream> response = http.send(request(), BoundedBody.streamed(SHORT, LONG));

    assertThat(response.body().readNBytes(3)).asString(StandardCharsets.UTF_8).isEqualTo("abc");
    assertThatThrownBy(() -> response.body().readAllBytes())
        .isInstanceOf(IOException.class)
        .hasRootCauseInstanceOf(HttpTimeoutException.class);

    assertThat(closed()).isEqualTo("closed");
  }

  /** Never silent for long, and without end. */
  @Test
  void whatComesDropByDropIsGivenUp() throws Exception {
    serve(
        client -> {
          write(client, "Transfer-Encoding: chunked\r\n\r\n");
          while (!Thread.currentThread().isInterrupted()) {
            client.write("1\r\n \r\n".getBytes(StandardCharsets.UTF_8));
            client.flush();
            Thread.onSpinWait();
          }
        });
    HttpResponse<InputStream> response = http.send(request(), BoundedBody.streamed(LONG, SHORT));

    assertThatThrownBy(
            () -> {
              while (response.body().read() >= 0) {
                Thread.onSpinWait();
              }
            })
        .isInstanceOf(IOException.class)
        .hasRootCauseInstanceOf(HttpTimeoutException.class);

    assertThat(closed()).isEqualTo("closed");
  }

  @Test
  void ofWhatNobodyReadsTheStatusCountsHoweverLongItIs() throws Exception {
    serve(
        client -> {
          write(client, "Content-Length: 1000000000000\r\n\r\n");
          while (true) {
            client.write(new byte[8192]);
          }
        });

    assertThat(http.send(request(), BoundedBody.discarded(LONG)).statusCode()).isEqualTo(200);

    assertThat(closed()).isEqualTo("closed");
  }

  @Test
  void ofWhatHasNoEndTheBeginningIsRead() throws Exception {
    serve(
        client -> {
          write(client, "Content-Length: 1000000000000\r\n\r\nabc");
          while (true) {
            client.write(new byte[8192]);
          }
        });

    assertThat(http.send(request(), BoundedBody.beginning(LONG)).body())
        .startsWith("abc")
        .hasSizeBetween(64 * 1024, 1024 * 1024);

    assertThat(closed()).isEqualTo("closed");
  }

  @Test
  void whatComesToItsEndIsWhatItWas() throws Exception {
    serve(client -> write(client, "Content-Length: 3\r\n\r\nabc"));

    HttpResponse<InputStream> response = http.send(request(), BoundedBody.streamed(LONG, LONG));

    assertThat(response.body().readAllBytes()).asString(StandardCharsets.UTF_8).isEqualTo("abc");
  }

  private HttpRequest request() {
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.getLocalPort()))
        .timeout(LONG)
        .build();
  }

  private String closed() throws Exception {
    return connection.get(LONG.toSeconds(), TimeUnit.SECONDS);
  }

  private static void write(OutputStream client, String text) throws IOException {
    client.write(("HTTP/1.1 200 OK\r\n" + text).getBytes(StandardCharsets.UTF_8));
    client.flush();
  }

  /** Answers one request so, and then waits until the connection is closed. */
  private void serve(Talk talk) {
    Thread thread =
        new Thread(
            () -> {
              try (Socket client = server.accept()) {
                InputStream in = client.getInputStream();
                int unused = in.read(new byte[8192]);
                talk.to(client.getOutputStream());
                client.setSoTimeout((int) LONG.toMillis());
                connection.complete(in.read() < 0 ? "closed" : "something more came");
              } catch (java.net.SocketTimeoutException e) {
                connection.complete("open");
              } catch (IOException e) {
                connection.complete("closed");
              }
            });
    thread.setDaemon(true);
    thread.start();
  }

  private static ServerSocket unbound() {
    try {
      return new ServerSocket();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
