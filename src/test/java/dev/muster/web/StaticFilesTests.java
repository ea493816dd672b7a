package dev.muster.web;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.LogFile;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.web.servlet.resource.ResourceUrlProvider;

@ConsoleTest
class StaticFilesTests {

  @Autowired private Console console;
  @Autowired private ResourceUrlProvider files;

  private final HttpClient http = HttpClient.newHttpClient();

  @ParameterizedTest
  @ValueSource(
      strings = {"muster.css", "muster.js", "favicon.svg", "webjars/htmx.org/dist/htmx.min.js"})
  void whatPagesAreMadeOfIsThereForEverybodyAndKept(String file) throws Exception {
    HttpResponse<String> answer =
        http.send(
            HttpRequest.newBuilder(URI.create(console.address() + "/" + file)).build(),
            BodyHandlers.ofString());

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.body()).isNotBlank();
    assertThat(answer.headers().firstValue("Cache-Control")).contains("max-age=3600");
  }

  @Test
  void whoAsksForWhatIsNotThereWritesNothingToTheLog() throws Exception {
    String nowhere = "/.well-known/oauth-protected-resource/" + UUID.randomUUID();

    HttpResponse<Void> answer =
        http.send(
            HttpRequest.newBuilder(URI.create(console.address() + nowhere))
                .method("HEAD", HttpRequest.BodyPublishers.noBody())
                .build(),
            BodyHandlers.discarding());

    assertThat(answer.statusCode()).isEqualTo(404);
    assertThat(LogFile.current()).content().doesNotContain(nowhere);
  }

  /** Each would be looked for in each of three hundred jars: a fifth of the time of all pages. */
  @Test
  void noLinkToAPageIsTakenForOneToAFile() {
    assertThat(files.getForLookupPath("/muster.css")).isEqualTo("/muster.css");
    assertThat(files.getHandlerMap()).containsOnlyKeys("/*.*", "/webjars/**");
  }
}
