package dev.muster;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import tools.jackson.databind.json.JsonMapper;

/** The accounts for development of a home, which its service has written to a file. */
public final class DevelopmentAccounts {

  private DevelopmentAccounts() {}

  /** The password of this role's account, as it stands in the file. */
  public static String password(Path keys, String role) {
    try {
      return Files.readAllLines(keys.resolve("dev-accounts")).stream()
          .filter(line -> line.startsWith(role + " "))
          .map(line -> line.substring(role.length() + 1))
          .findFirst()
          .orElseThrow();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What a program of this role's account presents to the service at this address. */
  public static String bearerToken(String address, Path keys, String role) {
    String credentials = "muster-" + role + ":" + password(keys, role);
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(address + "/oauth2/token"))
            .header(
                "Authorization",
                "Basic "
                    + Base64.getEncoder()
                        .encodeToString(credentials.getBytes(StandardCharsets.UTF_8)))
            .header("Content-Type", "application/x-www-form-urlencoded")
            .POST(BodyPublishers.ofString("grant_type=client_credentials"))
            .build();
    try {
      String body = HttpClient.newHttpClient().send(request, BodyHandlers.ofString()).body();
      return new JsonMapper().readTree(body).get("access_token").asString();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }
}
