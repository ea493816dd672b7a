package dev.muster.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.access.Role;
import dev.muster.web.Console;
import dev.muster.web.ConsoleTest;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.core.MethodParameter;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.method.HandlerMethod;
import org.springframework.web.multipart.MultipartFile;
import org.springframework.web.servlet.mvc.method.annotation.RequestMappingHandlerMapping;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Whatever is sent, the fault is not Muster's: no answer of 500 and above. Every parameter of every
 * page and endpoint gets values that fit nowhere; and requests are made up from the description of
 * the API, as every role. As many as {@code -Dmuster.requests} says; with more than a thousand,
 * none may take longer than two seconds, and the memory has to come back.
 */
@ConsoleTest
@Tag("slow")
class OddRequestsTests {

  private static final int REQUESTS = Integer.getInteger("muster.requests", 500);
  private static final long SEED = Long.getLong("muster.requests.seed", 15);
  private static final Duration SLOWEST = Duration.ofSeconds(2);
  private static final long LEFT_AT_MOST = 64L << 20;

  private static final List<String> ODD =
      List.of(
          "\u0000x",
          "99999999999999999999",
          "-2147483649",
          "+999999999-12-31T23:59",
          "2026-02-30T25:61",
          "\ud83d\ude00%_'\";\\|$(x)",
          "00000000-0000-0000-0000-00000000000g",
          "x".repeat(3000));

  private static final Pattern VARIABLE = Pattern.compile("\\{([a-zA-Z]+)(?::[^}]*)?}");

  @Autowired private Console console;
  @Autowired private RequestMappingHandlerMapping requestMappingHandlerMapping;

  private final HttpClient http = HttpClient.newHttpClient();

  /** One parameter of one endpoint. */
  private record Place(String method, String path, String parameter, boolean form) {}

  @Test
  void noValueThatFitsNowhereIsAnErrorOfOurs() throws Exception {
    Console.Session session = console.session(Role.OPERATOR.word());
    List<String> wrong = new ArrayList<>();
    int asked = 0;
    for (Place place : places()) {
      for (String odd : ODD) {
        int status = ask(place, odd, session);
        asked++;
        if (status >= 500) {
          wrong.add(
              "%s %s %s=%.40s: %d"
                  .formatted(place.method(), place.path(), place.parameter(), odd, status));
        }
      }
    }
    assertThat(wrong).isEmpty();
    assertThat(asked).isGreaterThan(1000);
  }

  private List<Place> places() {
    List<Place> places = new ArrayList<>();
    requestMappingHandlerMapping
        .getHandlerMethods()
        .forEach(
            (info, handler) -> {
              if (!handler.getBeanType().getPackageName().startsWith("dev.muster")) {
                return;
              }
              List<String> parameters = parameters(handler);
              info.getMethodsCondition()
                  .getMethods()
                  .forEach(
                      method ->
                          info.getPatternValues()
                              .forEach(
                                  path ->
                                      parameters.forEach(
                                          name ->
                                              places.add(
                                                  new Place(
                                                      method.name(),
                                                      path,
                                                      name,
                                                      !path.startsWith("/api/")
                                                          && method.name().equals("POST"))))));
            });
    return places;
  }

  private static List<String> parameters(HandlerMethod handler) {
    List<String> names = new ArrayList<>();
    for (MethodParameter parameter : handler.getMethodParameters()) {
      Class<?> type = parameter.getParameterType();
      if (type == MultipartFile.class) {
        continue;
      }
      if (parameter.hasParameterAnnotation(PathVariable.class)
          || parameter.hasParameterAnnotation(RequestParam.class)) {
        names.add(Objects.requireNonNull(parameter.getParameter().getName()));
      } else if (type.isRecord()
          && parameter.getParameterAnnotations().length == 0
          && type.getPackageName().endsWith(".web")) {
        Arrays.stream(type.getRecordComponents()).forEach(one -> names.add(one.getName()));
      }
    }
    return names;
  }

  private int ask(Place place, String odd, Console.Session session)
      throws IOException, InterruptedException {
    Matcher variable = VARIABLE.matcher(place.path());
    StringBuilder path = new StringBuilder();
    boolean inPath = false;
    while (variable.find()) {
      boolean here = variable.group(1).equals(place.parameter());
      inPath |= here;
      variable.appendReplacement(
          path, Matcher.quoteReplacement(here ? encoded(odd).replace("+", "%20") : "0"));
    }
    variable.appendTail(path);
    String parameter = inPath ? "" : place.parameter() + "=" + encoded(odd);
    boolean query = !place.form() && !parameter.isEmpty();
    HttpRequest.Builder request =
        HttpRequest.newBuilder(
            URI.create(console.address() + path + (query ? "?" + parameter : "")));
    if (place.path().startsWith("/api/")) {
      request.header("Authorization", "Bearer " + console.bearerToken(Role.OPERATOR.word()));
      request.method(place.method(), BodyPublishers.noBody());
    } else {
      request.header("Accept", "text/html, text/event-stream, */*");
      request.header("Cookie", "JSESSIONID=" + session.id());
      request.header("X-CSRF-TOKEN", session.csrf());
      if (place.form()) {
        request.header("Content-Type", "application/x-www-form-urlencoded");
        request.POST(BodyPublishers.ofString(parameter));
      }
    }
    return status(request.build());
  }

  /** Some answers never end; how they begin is what matters. */
  private int status(HttpRequest request) throws IOException, InterruptedException {
    HttpResponse<InputStream> response = http.send(request, BodyHandlers.ofInputStream());
    response.body().close();
    return response.statusCode();
  }

  // Made up from the description

  private record Call(String method, String path, JsonNode operation) {}

  @Test
  void noRequestThatIsMadeUpIsAnErrorOfOurs(TestReporter reporter) throws Exception {
    JsonNode api = new JsonMapper().readTree(Files.readString(Path.of("docs/openapi.json")));
    List<Call> calls = calls(api);
    List<@Nullable String> roles = new ArrayList<>();
    roles.add(null);
    Arrays.stream(Role.values()).map(Role::word).forEach(roles::add);
    Random random = new Random(SEED);
    MadeUp madeUp = new MadeUp(api, random);
    Map<String, Long> nanoseconds = new TreeMap<>();
    List<String> wrong = new ArrayList<>();
    long before = used();
    for (int i = 0; i < REQUESTS; i++) {
      Call call = calls.get(random.nextInt(calls.size()));
      String role = roles.get(random.nextInt(roles.size()));
      HttpRequest request = request(call, role, madeUp);
      long began = System.nanoTime();
      int status = status(request);
      nanoseconds.merge(call.method() + " " + call.path(), System.nanoTime() - began, Math::max);
      if (status >= 500) {
        wrong.add("%d: %s as %s: %d".formatted(i, request, role, status));
      }
    }
    long left = used() - before;
    List<String> slowest =
        nanoseconds.entrySet().stream()
            .sorted(Map.Entry.<String, Long>comparingByValue().reversed())
            .limit(5)
            .map(one -> one.getKey() + " " + Duration.ofNanos(one.getValue()))
            .toList();
    reporter.publishEntry(
        Map.of(
            "calls", String.valueOf(REQUESTS),
            "slowest", slowest.toString(),
            "bytes left", String.valueOf(left)));
    assertThat(wrong).as("seed " + SEED).isEmpty();
    if (REQUESTS > 1000) {
      assertThat(nanoseconds)
          .allSatisfy(
              (what, time) -> assertThat(Duration.ofNanos(time)).as(what).isLessThan(SLOWEST));
      assertThat(left).isLessThan(LEFT_AT_MOST);
    }
  }

  private static List<Call> calls(JsonNode api) {
    List<Call> calls = new ArrayList<>();
    api.get("paths")
        .properties()
        .forEach(
            path ->
                path.getValue()
                    .properties()
                    .forEach(
                        operation ->
                            calls.add(
                                new Call(
                                    operation.getKey().toUpperCase(java.util.Locale.ROOT),
                                    path.getKey(),
                                    operation.getValue()))));
    return calls;
  }

  private HttpRequest request(Call call, @Nullable String role, MadeUp madeUp) {
    String path = call.path();
    List<String> query = new ArrayList<>();
    Map<String, String> headers = new LinkedHashMap<>();
    for (JsonNode parameter : call.operation().path("parameters")) {
      String name = parameter.get("name").asString();
      String value = madeUp.text(name, parameter.path("schema"));
      switch (parameter.get("in").asString()) {
        case "path" -> path = path.replace("{" + name + "}", encoded(value).replace("+", "%20"));
        case "query" -> {
          if (madeUp.maybe()) {
            query.add(name + "=" + encoded(value));
          }
        }
        default -> {
          if (madeUp.maybe()) {
            headers.put(name, value.replaceAll("[^\\x20-\\x7e]", "?"));
          }
        }
      }
    }
    HttpRequest.Builder request =
        HttpRequest.newBuilder(
            URI.create(
                console.address() + path + (query.isEmpty() ? "" : "?" + String.join("&", query))));
    headers.forEach(request::header);
    if (role != null) {
      request.header("Authorization", "Bearer " + console.bearerToken(role));
    }
    JsonNode content = call.operation().at("/requestBody/content");
    String type = content.isObject() ? content.propertyNames().iterator().next() : "";
    String body = type.isEmpty() ? null : madeUp.body(type, content.path(type).path("schema"));
    if (!type.isEmpty()) {
      request.header("Content-Type", type.contains("*") ? "application/octet-stream" : type);
    }
    return request
        .method(
            call.method(), body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body))
        .build();
  }

  private static String encoded(String value) {
    return URLEncoder.encode(value, StandardCharsets.UTF_8);
  }

  private static long used() {
    System.gc();
    Runtime runtime = Runtime.getRuntime();
    return runtime.totalMemory() - runtime.freeMemory();
  }

  /** Values: mostly as the description has them, and one in four as it has not. */
  private static final class MadeUp {

    private static final List<String> NAMES = List.of("made-up-1", "made-up-2", "a.csv", "north");

    private static final String RECIPIENT =
        "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p";

    private final JsonNode api;
    private final Random random;

    MadeUp(JsonNode api, Random random) {
      this.api = api;
      this.random = random;
    }

    boolean maybe() {
      return random.nextBoolean();
    }

    /** As it stands in an address or a header. */
    String text(String name, JsonNode schema) {
      JsonNode value = new JsonMapper().readTree(value(name, schema, 0));
      return value.isString() ? value.asString() : value.toString();
    }

    String body(String type, JsonNode schema) {
      if (!type.contains("json")) {
        return maybe() ? "device_id\n" + UUID.randomUUID() + "\n" : any(ODD);
      }
      String body = value("", schema, 0);
      return switch (random.nextInt(8)) {
        case 0 -> body.substring(0, random.nextInt(body.length() + 1));
        case 1 -> "[".repeat(2000);
        case 2 -> "{\"a\":" + body + "}";
        default -> body;
      };
    }

    private String value(String name, JsonNode unresolved, int depth) {
      JsonNode schema = resolved(unresolved);
      if (random.nextInt(4) == 0) {
        return switch (random.nextInt(6)) {
          case 0 -> "null";
          case 1 -> "{}";
          case 2 -> "1e400";
          case 3 -> "[[]]";
          default -> quoted(any(ODD));
        };
      }
      if (schema.has("enum")) {
        JsonNode values = schema.get("enum");
        return values.get(random.nextInt(values.size())).toString();
      }
      String type =
          schema.path("type").isArray()
              ? schema.path("type").get(0).asString()
              : schema.path("type").asString("string");
      return switch (type) {
        case "integer", "number" ->
            String.valueOf(List.of(0, 1, 2, 50, -1, Integer.MAX_VALUE).get(random.nextInt(6)));
        case "boolean" -> String.valueOf(maybe());
        case "array" -> "[" + value(name, schema.path("items"), depth + 1) + "]";
        case "object" -> depth > 5 ? "{}" : object(schema, depth);
        default -> quoted(string(name, schema));
      };
    }

    private String object(JsonNode schema, int depth) {
      List<String> fields = new ArrayList<>();
      schema
          .path("properties")
          .properties()
          .forEach(
              property -> {
                if (random.nextInt(4) > 0) {
                  fields.add(
                      quoted(property.getKey())
                          + ":"
                          + value(property.getKey(), property.getValue(), depth + 1));
                }
              });
      return "{" + String.join(",", fields) + "}";
    }

    private String string(String name, JsonNode schema) {
      return switch (schema.path("format").asString("")) {
        case "date-time" -> "2026-11-2" + random.nextInt(10) + "T00:00:00Z";
        case "uuid" -> new UUID(random.nextLong(), random.nextLong()).toString();
        default ->
            name.equals("recipients")
                ? RECIPIENT
                : name.equals("name") || name.equals("id") ? any(NAMES.subList(0, 3)) : any(NAMES);
      };
    }

    private JsonNode resolved(JsonNode schema) {
      String reference = schema.path("$ref").asString("");
      return reference.isEmpty() ? schema : api.at(reference.substring(1));
    }

    private String any(List<String> values) {
      return values.get(random.nextInt(values.size()));
    }

    private static String quoted(String text) {
      return new JsonMapper().writeValueAsString(text);
    }
  }
}
