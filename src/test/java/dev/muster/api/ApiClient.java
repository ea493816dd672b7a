package dev.muster.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.web.Console;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A program that calls the API over HTTP, with a bearer token of an account. */
final class ApiClient {

  private static final JsonMapper JSON = new JsonMapper();

  private final HttpClient http = HttpClient.newHttpClient();
  private final Console console;
  private final @Nullable String bearer;

  /**
   * @param role of the account; null: nobody
   */
  ApiClient(Console console, @Nullable String role) {
    this.console = console;
    this.bearer = role == null ? null : "Bearer " + console.bearerToken(role);
  }

  /** What came back. */
  record Answer(HttpResponse<String> response) {

    int status() {
      return response.statusCode();
    }

    String body() {
      return response.body();
    }

    JsonNode json() {
      return JSON.readTree(response.body());
    }

    String header(String name) {
      return response.headers().firstValue(name).orElse("");
    }

    Answer is(int status) {
      assertThat(status()).as(response + " " + body()).isEqualTo(status);
      return this;
    }

    void isStatus(int... statuses) {
      assertThat(statuses).as(response + " " + body()).contains(status());
    }

    /** An error of this type. */
    Answer isProblem(int status, String type) {
      is(status);
      assertThat(header("Content-Type")).startsWith("application/problem+json");
      assertThat(json().get("type").asString()).isEqualTo("urn:muster:problem:" + type);
      assertThat(json().get("status").asInt()).isEqualTo(status);
      assertThat(json().get("title").asString()).isNotBlank();
      assertThat(json().get("detail").asString()).isNotBlank();
      return this;
    }
  }

  Answer get(String path) {
    return send("GET", path, null);
  }

  Answer post(String path, @Nullable String body, String... headers) {
    return send("POST", path, body, headers);
  }

  Answer put(String path, @Nullable String body, String... headers) {
    return send("PUT", path, body, headers);
  }

  /**
   * @param body JSON; null: none
   */
  Answer send(String method, String path, @Nullable String body, String... headers) {
    HttpRequest.Builder request =
        request(path)
            .method(method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
    if (body != null) {
      request.header("Content-Type", "application/json");
    }
    for (int i = 0; i < headers.length; i += 2) {
      request.setHeader(headers[i], headers[i + 1]);
    }
    return send(request.build());
  }

  Answer stream(String path, BodyPublisher body, String... headers) {
    HttpRequest.Builder request = request(path).PUT(body);
    if (headers.length > 0) {
      request.headers(headers);
    }
    return send(request.build());
  }

  /** What a GET of it answers, which must be well. */
  byte[] bytes(String path) throws IOException, InterruptedException {
    HttpResponse<byte[]> answer =
        http.send(request(path).GET().build(), BodyHandlers.ofByteArray());
    assertThat(answer.statusCode()).as(path).isEqualTo(200);
    return answer.body();
  }

  private HttpRequest.Builder request(String path) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(
            URI.create(path.startsWith("http") ? path : console.address() + path));
    if (bearer != null) {
      request.header("Authorization", bearer);
    }
    return request;
  }

  private Answer send(HttpRequest request) {
    try {
      return new Answer(http.send(request, BodyHandlers.ofString()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }
}
