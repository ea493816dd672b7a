package dev.muster.api;

import static java.util.Map.entry;
import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.Await;
import dev.muster.TestManifest;
import dev.muster.access.Role;
import dev.muster.bundle.AgeRecipient;
import dev.muster.factory.Factories;
import dev.muster.factory.Factory;
import dev.muster.web.Console;
import dev.muster.web.ConsoleTest;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
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
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.context.ApplicationContextInitializer;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.core.MethodParameter;
import org.springframework.test.context.ContextConfiguration;
import org.springframework.test.context.TestPropertySource;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RequestPart;
import org.springframework.web.method.HandlerMethod;
import org.springframework.web.multipart.MultipartFile;
import org.springframework.web.servlet.mvc.method.RequestMappingInfo;
import org.springframework.web.servlet.mvc.method.annotation.RequestMappingHandlerMapping;

/**
 * Every endpoint that there is, asked by every role and by nobody, over HTTP. What each may is
 * compared with the table in docs/permissions.md; an endpoint that is not in it fails. What is
 * asked for does not exist, so nothing is changed: who hears so, or that it can't be done, was
 * permitted. Every pair of roles is asked too: it may what either may, and for another factory only
 * what the one may that is bound to none.
 */
@ConsoleTest
@TestPropertySource(properties = "muster.home=${muster.test.home:target/test-home}-permissions")
@ContextConfiguration(initializers = PermissionMatrixTests.Pairs.class)
@Tag("slow")
class PermissionMatrixTests {

  private static final Path TABLE = Path.of("docs/permissions.md");

  private static final String INTRODUCTION =
      """
      # Who may do what

      Written by `PermissionMatrixTests`, which asks every endpoint as every role
      (`-Dmuster.permissions.write=true` writes it anew). What an account may do is declared on the services
      (`access.Requires`); pages and REST only ask them.

      - **yes**: permitted. A factory's account sees and changes its own only.
      - An account of several roles may what each of them may, as far as that one reaches: what it may only as a
        factory's, it may for that factory alone.
      - **no**: answered with 403.
      - **signs in**: not signed in, one is sent to sign in (pages) or answered with 401 (API).

      """;

  /** The factory that the role factory is bound to for development. */
  private static final String FACTORY = "fabrikam";

  /** Reserved: no device can be registered under it. */
  private static final String NO_DEVICE = new UUID(0, 0).toString();

  private static final String NO_SUCH_NUMBER = "2000000000";
  private static final String NO_SUCH_NAME = "no-such-thing";
  private static final String MULTIPART = "multipart/form-data; boundary=part";

  private static final Pattern VARIABLE = Pattern.compile("\\{([a-zA-Z]+)(?::[^}]*)?}");
  private static final Pattern WORDS = Pattern.compile("\\{[a-zA-Z]+:([a-z-]+(?:\\|[a-z-]+)+)}");

  /** Devices show a token of their own there, which no role has. */
  private static final Set<String> OF_DEVICES = Set.of("POST /device/token");

  /** Open to everybody: who is there is not signed in yet, not any more, or can't be. */
  private static final Set<String> PUBLIC =
      Set.of(
          "GET /dev/sign-in",
          "GET /sign-in-failed",
          "GET /sign-in-too-often",
          "GET /sign-in-too-weak",
          "GET /sign-in-unavailable",
          "GET /signed-out");

  private static final Map<String, String> BODIES =
      Map.ofEntries(
          entry("PUT /api/registry/{id}", "{\"Building\": 1, \"Room\": 2}"),
          entry("POST /api/devices/changes", "{\"action\": \"DISABLE\", \"reason\": \"none\"}"),
          entry("POST /api/devices/seen", "{\"devices\": []}"),
          entry("POST /api/devices/{id}/claim", "{\"code\": \"none\"}"),
          entry("POST /api/devices/{id}/service", "{\"what\": \"none\"}"),
          entry("POST /api/arrivals/{id}/dismiss", "{\"reason\": \"none\"}"),
          entry("PUT /api/account/notifications", "{\"kinds\": []}"),
          entry("POST /api/moves/rebalance", "{\"factory\": \"no-such-thing\"}"),
          entry("POST /api/moves/confirm", "{\"factory\": \"no-such-thing\"}"),
          entry("POST /api/renewals/due", "{\"factory\": \"no-such-thing\"}"),
          entry("POST /api/reconciliation", "{\"hubs\": [\"no-such-thing\"]}"),
          entry(
              "POST /api/factories",
              "{\"id\": \"no-such-thing\", \"settings\": {\"hubs\": [\"no-such-thing\"],"
                  + " \"recipients\":"
                  + " [\"age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p\"]}}"),
          entry("PUT /api/factories/{id}/format", "{}"),
          entry(
              "PUT /api/factories/{id}",
              "{\"hubs\": [\"no-such-thing\"], \"recipients\":"
                  + " [\"age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p\"]}"));

  /** Those of one role, then those of two. */
  private static final List<String> ACCOUNTS = accounts();

  private static final String OTHER = "contoso-elsewhere";
  private static final String RECIPIENT =
      "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p";

  @Autowired private Console console;
  @Autowired private Factories factories;
  @Autowired private RequestMappingHandlerMapping requestMappingHandlerMapping;

  private final HttpClient http = HttpClient.newHttpClient();

  private static List<String> accounts() {
    List<String> roles = Arrays.stream(Role.values()).map(Role::word).toList();
    List<String> accounts = new ArrayList<>(roles);
    for (int i = 0; i < roles.size(); i++) {
      for (String second : roles.subList(i + 1, roles.size())) {
        accounts.add(roles.get(i) + "," + second);
      }
    }
    return accounts;
  }

  /** Somebody who asks; nobody, when there is no session. */
  private record Visitor(
      String name, @Nullable String bearer, @Nullable String session, @Nullable String csrf) {}

  /** One thing that can be asked for. */
  private record Endpoint(String method, String path, HandlerMethod handler, String factory) {
    Endpoint ofAnotherFactory() {
      return new Endpoint(method, path, handler, OTHER);
    }

    String key() {
      return method + " " + path;
    }
  }

  /** Accounts of two roles each, beside those of one. */
  static final class Pairs
      implements ApplicationContextInitializer<ConfigurableApplicationContext> {
    @Override
    public void initialize(ConfigurableApplicationContext context) {
      Path file =
          Path.of(Objects.requireNonNull(context.getEnvironment().getProperty("muster.home")))
              .resolve("keys/dev-accounts");
      try {
        Files.createDirectories(file.getParent());
        Files.writeString(
            file,
            ACCOUNTS.stream()
                .map(account -> account + " " + UUID.randomUUID() + "\n")
                .collect(Collectors.joining()));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  @Test
  void everyRoleMayDoWhatTheTableSaysAndNothingElse() throws Exception {
    List<Visitor> visitors = visitors();
    Map<String, Map<String, String>> answers = new TreeMap<>();
    List<String> unclear = new ArrayList<>();
    List<String> wrong = new ArrayList<>();
    for (Endpoint endpoint : endpoints()) {
      Map<String, String> row = new LinkedHashMap<>();
      for (Visitor visitor : visitors) {
        row.put(visitor.name(), answered(endpoint, visitor, unclear));
      }
      answers.put(endpoint.path() + " " + endpoint.method(), row);
      holds(endpoint, row, wrong);
      pairsMayWhatEitherMay(endpoint.key(), row, wrong);
      if (endpoint.path().contains("{factory}")) {
        Map<String, String> elsewhere = new LinkedHashMap<>();
        for (Visitor visitor : visitors) {
          elsewhere.put(visitor.name(), answered(endpoint.ofAnotherFactory(), visitor, unclear));
        }
        if (!"no".equals(elsewhere.get(Role.FACTORY.word()))) {
          wrong.add("a factory does that for another: " + endpoint.key());
        }
        pairsMayWhatEitherMay(endpoint.key() + " of another factory", elsewhere, wrong);
      }
    }
    assertThat(unclear).as("answers that tell nothing about permissions").isEmpty();
    assertThat(wrong).isEmpty();

    String table = table(answers);
    if (Boolean.getBoolean("muster.permissions.write")) {
      Files.writeString(TABLE, table);
    }
    assertThat(table).isEqualTo(Files.readString(TABLE));
  }

  /** What two roles together see is what either sees, and of another factory nothing more. */
  @Test
  void pairsOfRolesSeeOfAnotherFactoryWhatEitherSees() throws Exception {
    factories.add(new Factory(OTHER, List.of(new AgeRecipient(RECIPIENT)), null));
    HttpResponse<String> sent =
        http.send(
            HttpRequest.newBuilder(
                    URI.create(
                        console.address() + "/api/manifests/" + OTHER + "/" + OTHER + ".csv"))
                .header("Authorization", "Bearer " + console.bearerToken(Role.OPERATOR.word()))
                .PUT(BodyPublishers.ofString(TestManifest.seeded(77).rows(3).content()))
                .build(),
            BodyHandlers.ofString());
    assertThat(sent.statusCode()).as(sent.body()).isEqualTo(202);
    Await.until(
        Duration.ofMinutes(1),
        () -> listed("/api/manifests", console.bearerToken(Role.AUDITOR.word())),
        body -> body.contains("DELIVERED"));
    List<String> wrong = new ArrayList<>();
    for (String list :
        List.of("/api/manifests", "/api/arrivals", "/api/executions", "/api/devices")) {
      Map<String, String> row = new LinkedHashMap<>();
      for (String account : ACCOUNTS) {
        boolean seen = listed(list, console.bearerToken(account)).contains(OTHER);
        row.put(account, seen ? "yes" : "no");
      }
      assertThat(row).as(list).containsEntry(Role.FACTORY.word(), "no");
      assertThat(row).as(list).containsEntry(Role.AUDITOR.word(), "yes");
      pairsMayWhatEitherMay(list + " of another factory", row, wrong);
    }
    assertThat(wrong).isEmpty();
  }

  private String listed(String list, String bearer) throws IOException, InterruptedException {
    return http.send(
            HttpRequest.newBuilder(URI.create(console.address() + list))
                .header("Authorization", "Bearer " + bearer)
                .build(),
            BodyHandlers.ofString())
        .body();
  }

  private String answered(Endpoint endpoint, Visitor visitor, List<String> unclear)
      throws IOException, InterruptedException {
    int status = ask(endpoint, visitor);
    String answer = answer(status);
    if (answer == null) {
      unclear.add(endpoint.key() + " as " + visitor.name() + ": " + status);
      return "?";
    }
    return answer;
  }

  private static void pairsMayWhatEitherMay(
      String what, Map<String, String> row, List<String> wrong) {
    row.forEach(
        (account, answer) -> {
          String[] roles = account.split(",");
          boolean either = Arrays.stream(roles).anyMatch(role -> "yes".equals(row.get(role)));
          if (roles.length > 1 && either != "yes".equals(answer)) {
            wrong.add("%s as %s: %s".formatted(what, account, answer));
          }
        });
  }

  /** What must be true of any table. */
  private static void holds(Endpoint endpoint, Map<String, String> row, List<String> wrong) {
    String key = endpoint.key();
    if (!"signs in".equals(row.get("nobody"))) {
      wrong.add("open to everybody: " + key);
    }
    if (!endpoint.method().equals("GET")
        && !endpoint.path().matches("(/api)?/account/.*|/language") // their own
        && !"no".equals(row.get(Role.AUDITOR.word()))) {
      wrong.add("an auditor changes something: " + key);
    }
    Map<String, String> single = new LinkedHashMap<>(row);
    single.keySet().removeIf(account -> account.contains(","));
    if ((key.contains("/revoke") || key.contains("/restore") || key.contains("/retire"))
        && !single.equals(
            Map.of(
                "nobody", "signs in",
                "technician", "no",
                "factory", "no",
                "operator", "no",
                "security-officer", "yes",
                "auditor", "no"))) {
      wrong.add("not the security officer's alone: " + key + " " + single);
    }
    if (key.contains("/audit") && !"no".equals(row.get(Role.FACTORY.word()))) {
      wrong.add("a factory sees the audit: " + key);
    }
  }

  private static @Nullable String answer(int status) {
    return switch (status) {
      case 200, 202, 204, 302, 303, 404, 409 -> "yes";
      case 403 -> "no";
      case 401 -> "signs in";
      default -> null;
    };
  }

  private List<Endpoint> endpoints() {
    List<Endpoint> endpoints = new ArrayList<>();
    requestMappingHandlerMapping
        .getHandlerMethods()
        .forEach(
            (info, handler) -> {
              for (String method : methods(info)) {
                info.getPatternValues().stream()
                    .flatMap(path -> alternatives(path).stream())
                    .forEach(path -> endpoints.add(new Endpoint(method, path, handler, FACTORY)));
              }
            });
    return endpoints.stream()
        .filter(endpoint -> !OF_DEVICES.contains(endpoint.key()))
        .filter(endpoint -> !PUBLIC.contains(endpoint.key()))
        .sorted((a, b) -> a.key().compareTo(b.key()))
        .toList();
  }

  /** What stands for one of several words is asked with each of them. */
  private static List<String> alternatives(String path) {
    Matcher words = WORDS.matcher(path);
    return words.find()
        ? Arrays.stream(words.group(1).split("\\|")).map(word -> words.replaceFirst(word)).toList()
        : List.of(path);
  }

  private static Set<String> methods(RequestMappingInfo info) {
    Set<String> methods = new TreeSet<>();
    info.getMethodsCondition().getMethods().forEach(method -> methods.add(method.name()));
    return methods.isEmpty() ? Set.of("GET") : methods;
  }

  private List<Visitor> visitors() throws IOException, InterruptedException {
    List<Visitor> visitors = new ArrayList<>();
    visitors.add(new Visitor("nobody", null, null, null));
    for (String account : ACCOUNTS) {
      visitors.add(signedIn(account));
    }
    return visitors;
  }

  private Visitor signedIn(String account) throws IOException, InterruptedException {
    Console.Session session = console.session(account);
    return new Visitor(account, console.bearerToken(account), session.id(), session.csrf());
  }

  private int ask(Endpoint endpoint, Visitor visitor) throws IOException, InterruptedException {
    boolean api = endpoint.path().startsWith("/api/");
    Map<String, String> parameters = parameters(endpoint);
    boolean multipart =
        Arrays.stream(endpoint.handler().getMethodParameters())
            .anyMatch(parameter -> parameter.getParameterType() == MultipartFile.class);
    String form = encoded(parameters);
    boolean posts = endpoint.method().equals("POST") && !api;
    String address =
        console.address() + path(endpoint) + (posts || form.isEmpty() ? "" : "?" + form);
    HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(address));
    if (api) {
      if (visitor.bearer() != null) {
        request.header("Authorization", "Bearer " + visitor.bearer());
      }
      String body = multipart ? multipart(endpoint, Map.of()) : BODIES.get(endpoint.key());
      if (body != null) {
        request.header("Content-Type", multipart ? MULTIPART : "application/json");
      }
      request.method(
          endpoint.method(),
          body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
    } else {
      request.header("Accept", "text/html, text/event-stream, */*");
      if (visitor.session() != null) {
        request.header("Cookie", "JSESSIONID=" + visitor.session());
        request.header("X-CSRF-TOKEN", Objects.requireNonNull(visitor.csrf()));
      }
      if (multipart) {
        request.header("Content-Type", MULTIPART);
        request.method(endpoint.method(), BodyPublishers.ofString(multipart(endpoint, parameters)));
      } else if (posts) {
        request.header("Content-Type", "application/x-www-form-urlencoded");
        request.POST(BodyPublishers.ofString(form));
      }
    }
    // Some never end; whether they begin is all that matters.
    HttpResponse<InputStream> response = http.send(request.build(), BodyHandlers.ofInputStream());
    response.body().close();
    String location = response.headers().firstValue("Location").orElse("");
    boolean toSignIn =
        location.contains("/oauth2/authorization/") || location.endsWith("/dev/sign-in");
    // Nobody has no form to send: that is refused before anything else.
    boolean noForm = visitor.session() == null && posts && response.statusCode() == 403;
    return toSignIn || noForm ? 401 : response.statusCode();
  }

  private static String path(Endpoint endpoint) {
    Matcher variable = VARIABLE.matcher(endpoint.path());
    StringBuilder path = new StringBuilder();
    while (variable.find()) {
      variable.appendReplacement(
          path, Matcher.quoteReplacement(value(endpoint, variable.group(1))));
    }
    return variable.appendTail(path).toString();
  }

  private static String value(Endpoint endpoint, String name) {
    if (name.equals("factory")) {
      return endpoint.factory();
    }
    if (endpoint.path().contains("/devices/") || endpoint.path().contains("/registry/")) {
      return NO_DEVICE;
    }
    for (MethodParameter parameter : endpoint.handler().getMethodParameters()) {
      PathVariable variable = parameter.getParameterAnnotation(PathVariable.class);
      if (variable != null && name.equals(parameter.getParameter().getName())) {
        return valueOf(parameter.getParameterType(), name);
      }
    }
    return NO_SUCH_NAME;
  }

  private static String valueOf(Class<?> type, String name) {
    if (type == UUID.class) {
      return NO_DEVICE;
    }
    if (type == int.class || type == long.class || type == Integer.class || type == Long.class) {
      return NO_SUCH_NUMBER;
    }
    if (type == boolean.class || type == Boolean.class) {
      return "false";
    }
    return switch (name) {
      case "factory" -> FACTORY;
      case "device" -> NO_DEVICE;
      default -> NO_SUCH_NAME;
    };
  }

  /** All that must be given, and a hub that there is not, where one may be. */
  private static Map<String, String> parameters(Endpoint endpoint) {
    Map<String, String> parameters = new TreeMap<>();
    for (MethodParameter parameter : endpoint.handler().getMethodParameters()) {
      RequestParam annotation = parameter.getParameterAnnotation(RequestParam.class);
      String name = parameter.getParameter().getName();
      if (annotation != null
          && annotation.required()
          && annotation.defaultValue().equals("\n\t\t\n\t\t\n\uE000\uE001\uE002\n\t\t\t\t\n")
          && parameter.getParameterType() != MultipartFile.class) {
        parameters.put(name, valueOf(parameter.getParameterType(), name));
      }
    }
    return parameters;
  }

  private static String encoded(Map<String, String> parameters) {
    List<String> pairs = new ArrayList<>();
    parameters.forEach(
        (name, value) -> pairs.add(name + "=" + URLEncoder.encode(value, StandardCharsets.UTF_8)));
    return String.join("&", pairs);
  }

  /** The parameters, and an empty file, which is always refused. */
  private static String multipart(Endpoint endpoint, Map<String, String> parameters) {
    StringBuilder body = new StringBuilder();
    parameters.forEach(
        (name, value) ->
            body.append(
                "--part\r\nContent-Disposition: form-data; name=\"%s\"\r\n\r\n%s\r\n"
                    .formatted(name, value)));
    body.append(
        """
        --part\r
        Content-Disposition: form-data; name="%s"; filename="m.csv"\r
        \r
        \r
        --part--\r
        """
            .formatted(file(endpoint)));
    return body.toString();
  }

  private static String file(Endpoint endpoint) {
    return Arrays.stream(endpoint.handler().getMethodParameters())
        .filter(parameter -> parameter.hasParameterAnnotation(RequestPart.class))
        .filter(parameter -> parameter.getParameterType() == MultipartFile.class)
        .map(parameter -> parameter.getParameter().getName())
        .findFirst()
        .orElse("file");
  }

  private static String table(Map<String, Map<String, String>> answers) {
    StringBuilder table = new StringBuilder(INTRODUCTION);
    List<String> names = new ArrayList<>(List.of("nobody"));
    Arrays.stream(Role.values()).forEach(role -> names.add(role.word()));
    table.append("| | | ").append(String.join(" | ", names)).append(" |\n");
    table.append("| --- | --- |").append(" --- |".repeat(names.size())).append("\n");
    answers.forEach(
        (endpoint, row) -> {
          int space = endpoint.lastIndexOf(' ');
          table
              .append("| ")
              .append(endpoint.substring(space + 1))
              .append(" | `")
              .append(endpoint.substring(0, space).replaceAll("\\{([a-zA-Z]+):[^}]*}", "{$1}"))
              .append("` | ")
              .append(String.join(" | ", names.stream().map(row::get).toList()))
              .append(" |\n");
        });
    OF_DEVICES.stream()
        .sorted()
        .map(one -> one.split(" "))
        .forEach(
            one ->
                table.append(
                    "\n%s `%s` is for devices: each shows its own token, which no account has.\n"
                        .formatted(one[0], one[1])));
    table
        .append("\nOpen to everybody: ")
        .append(String.join(", ", PUBLIC.stream().sorted().map(one -> "`" + one + "`").toList()))
        .append(".\n");
    return table.toString();
  }
}
