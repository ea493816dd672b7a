package dev.muster.web;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.access.AuditLog;
import dev.muster.access.Role;
import dev.muster.credential.KeyInUse;
import dev.muster.delivery.DeliveredBundle;
import dev.muster.factory.DeliveryPlace;
import dev.muster.factory.FactoryKeys;
import dev.muster.finding.Found;
import dev.muster.language.French;
import dev.muster.manifest.RejectCode;
import dev.muster.manifest.Separator;
import dev.muster.outcome.Kind;
import dev.muster.provisioning.SentManifest;
import dev.muster.registry.DeviceSearch;
import dev.muster.seen.SeenBy;
import dev.muster.status.DeviceState;
import dev.muster.status.HubWork;
import dev.muster.status.StatusAction;
import dev.muster.status.StatusVerdict;
import dev.muster.upload.Deed;
import java.io.IOException;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.MessageFormat;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.attoparser.config.ParseConfiguration;
import org.attoparser.simple.AbstractSimpleMarkupHandler;
import org.attoparser.simple.SimpleMarkupParser;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * The words of pages and mails: all that are used are there, in all languages, and none that is
 * not.
 */
class MessagesTests {

  /**
   * Groups of pages whose templates have no English left, with their templates. Whoever translates
   * a group adds it.
   */
  private static final Map<String, List<String>> DONE =
      Map.ofEntries(
          Map.entry("layout", List.of("layout", "problem", "several")),
          Map.entry("overview", List.of("overview")),
          Map.entry(
              "devices",
              List.of(
                  "devices",
                  "device",
                  "device-parts",
                  "device-change",
                  "devices-change",
                  "device-token",
                  "token",
                  "search",
                  "service-records",
                  "token-reports",
                  "renewals-due",
                  "filter-fields")),
          Map.entry("technician", List.of("technician", "technician-device")),
          Map.entry(
              "factories",
              List.of("factories", "factory", "factory-form", "factory-remove", "format")),
          Map.entry("audit", List.of("audit", "sessions", "account", "notifications")),
          Map.entry("sign-in", List.of("sign-in-message", "dev-sign-in")),
          Map.entry(
              "arrivals",
              List.of(
                  "arrivals",
                  "arrival",
                  "arrival-deed",
                  "arrivals-several",
                  "upload",
                  "checked-upload",
                  "unusable-messages")),
          Map.entry(
              "manifests", List.of("manifests", "manifest", "bundles", "bundle", "bundle-confirm")),
          Map.entry(
              "runs",
              List.of(
                  "executions", "execution", "execution-deed", "executions-several", "runs-parts")),
          Map.entry(
              "revocations",
              List.of("revocations", "revocation", "revocation-send", "revocation-checked")),
          Map.entry(
              "hubs",
              List.of(
                  "hubs",
                  "hub",
                  "hub-parts",
                  "hub-compare",
                  "hub-confirm",
                  "hub-done",
                  "hub-rotate",
                  "hub-rotation",
                  "hub-tell",
                  "moves",
                  "moves-begin",
                  "moves-confirm")),
          Map.entry("help", List.of("help", "help-document")));

  private static final List<String> GROUPS =
      List.of(
          "layout",
          "overview",
          "runs",
          "arrivals",
          "manifests",
          "devices",
          "technician",
          "revocations",
          "factories",
          "hubs",
          "audit",
          "help",
          "sign-in",
          "mail");

  private static final List<String> LANGUAGES = List.of("", "_de", "_fr");
  private static final Path RESOURCES = Path.of("src/main/resources");
  private static final Path TEMPLATES = RESOURCES.resolve("templates");
  private static final List<Path> CODE =
      List.of(
          Path.of("src/main/java/dev/muster/cli"),
          Path.of("src/main/java/dev/muster/http"),
          Path.of("src/main/java/dev/muster/language"),
          Path.of("src/main/java/dev/muster/registry"),
          Path.of("src/main/java/dev/muster/run"),
          Path.of("src/main/java/dev/muster/web"),
          Path.of("src/main/java/dev/muster/signin"),
          Path.of("src/main/java/dev/muster/outcome"));

  private static final Pattern KEY = Pattern.compile("[a-z-]+\\.[a-z0-9-]+\\.[a-z0-9-]+");
  private static final Pattern IN_TEMPLATE = Pattern.compile("#\\{([a-z][a-zA-Z0-9._-]*)");

  /** A key, or the beginning of keys up to a dot, in quotes. */
  private static final Pattern QUOTED =
      Pattern.compile("[\"']((?:" + String.join("|", GROUPS) + ")\\.[a-z0-9-]+\\.[a-z0-9-]*)[\"']");

  private static final Pattern PARAMETER = Pattern.compile("\\{(\\d)");
  private static final Pattern LETTER = Pattern.compile("\\p{L}");
  private static final Pattern LITERAL = Pattern.compile("([=!]=\\s*)?'([^']*)'");
  private static final Pattern PIPED = Pattern.compile("\\|([^|]*)\\|");

  /**
   * What is no prose: a code, a key or the beginning of some, something for a script to fill in.
   */
  private static final Pattern NO_PROSE =
      Pattern.compile("[A-Z_]+|[a-z-]+(\\.[a-z0-9-]+)+\\.?|\\{[a-z]+}|Muster ?| · Muster");

  private static final Set<String> READ = Set.of("title", "aria-label", "placeholder", "alt");
  private static final Set<String> WRITTEN =
      Set.of(
          "th:text",
          "said:text",
          "said:note",
          "th:utext",
          "th:title",
          "th:aria-label",
          "th:placeholder",
          "th:alt");

  @Test
  void eachGroupHasTheSameKeysWithTheSameParametersInEachLanguage() throws IOException {
    String configuration = Files.readString(RESOURCES.resolve("application.yml"));
    for (String group : GROUPS) {
      assertThat(configuration).contains("messages/" + group);
      Map<String, String> english = messages(group, "");
      assertThat(english.keySet()).allMatch(key -> KEY.matcher(key).matches(), "group.page.what");
      assertThat(english.keySet()).allMatch(key -> key.startsWith(group + "."), group);
      for (String language : LANGUAGES) {
        Map<String, String> messages = messages(group, language);
        assertThat(messages.keySet()).as(group + language).isEqualTo(english.keySet());
        messages.forEach(
            (key, text) -> {
              assertThat(text).as(key + language).isNotBlank();
              assertThat(parameters(text))
                  .as(key + language)
                  .isEqualTo(parameters(english.getOrDefault(key, "")));
            });
      }
    }
    try (Stream<Path> files = Files.list(RESOURCES.resolve("messages"))) {
      assertThat(files).hasSize(GROUPS.size() * LANGUAGES.size());
    }
  }

  /** There it begins a quotation: what follows would be shown as it is. */
  @Test
  void noMessageWithParametersHasALoneApostrophe() throws IOException {
    for (String group : GROUPS) {
      for (String language : LANGUAGES) {
        messages(group, language)
            .forEach(
                (key, text) -> {
                  if (!parameters(text).isEmpty()) {
                    assertThat(text.replace("''", "")).as(key + language).doesNotContain("'");
                    assertThat(
                            new MessageFormat(text, Locale.ENGLISH)
                                .format(new Object[] {1, 1, 1, 1, 1}))
                        .as(key + language)
                        .doesNotContain("{");
                  }
                });
      }
    }
  }

  @Test
  void noFrenchLineBeginsWithAMark() throws IOException {
    for (String group : GROUPS) {
      messages(group, "_fr")
          .forEach(
              (key, text) -> assertThat(text).as(key).doesNotContainPattern(French.BREAKING_SPACE));
    }
  }

  /** "1 devices" is nothing that English has either. */
  @Test
  void whereAnotherLanguageTellsOneFromManyEnglishDoesToo() throws IOException {
    for (String group : GROUPS) {
      Map<String, String> english = messages(group, "");
      for (String language : LANGUAGES) {
        messages(group, language)
            .forEach(
                (key, text) -> {
                  if (text.contains(",choice,") && !key.startsWith("mail.time.")) {
                    assertThat(english.get(key)).as(key + language).contains(",choice,");
                  }
                });
      }
    }
  }

  @Test
  void everyKeyThatIsUsedIsThereAndEveryKeyIsUsed() throws IOException {
    Set<String> there = new TreeSet<>();
    for (String group : GROUPS) {
      there.addAll(messages(group, "").keySet());
    }
    Set<String> used = new TreeSet<>();
    Set<String> beginnings = new HashSet<>();
    for (Path file : files(TEMPLATES, ".html")) {
      find(IN_TEMPLATE, Files.readString(file), used);
    }
    Set<String> quoted = new HashSet<>();
    for (Path file : files(TEMPLATES, ".html")) {
      find(QUOTED, Files.readString(file), quoted);
    }
    for (Path folder : CODE) {
      for (Path file : files(folder, ".java")) {
        find(QUOTED, Files.readString(file), quoted);
      }
    }
    quoted.forEach(one -> (one.endsWith(".") ? beginnings : used).add(one));

    assertThat(there).as("keys that are used").containsAll(used);
    assertThat(beginnings)
        .allMatch(begin -> there.stream().anyMatch(key -> key.startsWith(begin)), "begins a key");
    there.removeIf(key -> used.contains(key) || beginnings.stream().anyMatch(key::startsWith));
    assertThat(there).as("keys that nothing uses").isEmpty();
  }

  @Test
  void everyStateHasAWord() throws IOException {
    Map<String, String> words = messages("layout", "");
    Stream.of(
            DeviceState.values(),
            DeviceSearch.Standing.values(),
            DeviceSearch.Order.values(),
            SentManifest.State.values(),
            DeliveredBundle.State.values(),
            AuditLog.Outcome.values(),
            KeyInUse.values(),
            HubWork.Trouble.values(),
            Separator.values(),
            StatusAction.values(),
            StatusVerdict.values(),
            Deed.values(),
            RejectCode.values())
        .flatMap(Stream::of)
        .forEach(
            state ->
                assertThat(words)
                    .containsKey(
                        "layout.state."
                            + state.toString().toLowerCase(Locale.ROOT).replace('_', '-')));
  }

  @Test
  void everyCodeThatGoesIntoAKeyHasAWord() throws IOException {
    Map<String, String> devices = messages("devices", "");
    for (StatusAction action : StatusAction.values()) {
      assertThat(devices)
          .containsKey("devices.change-title." + action.word())
          .containsKey("devices.change-question." + action.word())
          .containsKey("devices.changed." + action.word());
    }
    for (DeviceSearch.Order order : DeviceSearch.Order.values()) {
      assertThat(devices).containsKey("devices.order." + code(order));
    }
    for (SeenBy by : SeenBy.values()) {
      assertThat(devices).containsKey("devices.seen-by." + code(by));
    }
    for (Found.Kind kind : Found.Kind.values()) {
      assertThat(devices).containsKey("devices.kind." + code(kind));
    }
    for (RejectCode reject : RejectCode.values()) {
      assertThat(messages("runs", "")).containsKey("runs.reject." + code(reject));
    }
    for (DeliveryPlace place : DeliveryPlace.values()) {
      assertThat(messages("runs", "")).containsKey("runs.deliver." + code(place));
    }
    for (RecordComponent setting : FactoryKeys.class.getRecordComponents()) {
      assertThat(messages("mail", ""))
          .containsEntry(
              "mail.keys."
                  + setting.getName().replaceAll("(\\p{Lu})", "-$1").toLowerCase(Locale.ROOT),
              setting.getName());
    }
    for (Role role : Role.values()) {
      assertThat(messages("audit", "")).containsKey("audit.role." + role.word());
    }
    for (Kind kind : Kind.values()) {
      assertThat(messages("audit", "")).containsEntry("audit.kind." + kind.word(), kind.sentence());
    }
  }

  @Test
  void everySourceOfArrivalsHasAWord() throws IOException {
    Pattern source = Pattern.compile("new Source\\(\"([a-z-]+)\"\\)");
    Set<String> sources = new TreeSet<>();
    try (Stream<Path> code = Files.walk(Path.of("src/main/java/dev/muster"))) {
      for (Path file : code.filter(one -> one.toString().endsWith(".java")).toList()) {
        find(source, Files.readString(file), sources);
      }
    }
    assertThat(sources).contains("upload", "folder", "eventhubs");
    Map<String, String> runs = messages("runs", "");
    assertThat(sources).allMatch(one -> runs.containsKey("runs.source." + one), "has a word");
  }

  private static String code(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** {@code of("layout.state.", code, code)} would be a key with two parameters. */
  @Test
  void theBeginningOfKeysIsNotTakenForAKey() throws IOException {
    Pattern mistaken = Pattern.compile("\\b(words|messages)\\.of\\(\\s*(\"[a-z.-]+\\.\")\\s*,");
    for (Path folder : CODE) {
      for (Path file : files(folder, ".java")) {
        assertThat(Files.readString(file)).as(file.toString()).doesNotContainPattern(mistaken);
      }
    }
  }

  @Test
  void noTemplateOfAGroupThatIsDoneHasProse() throws Exception {
    for (Map.Entry<String, List<String>> group : DONE.entrySet()) {
      assertThat(messages(group.getKey(), "")).isNotEmpty();
      for (String template : group.getValue()) {
        String markup = Files.readString(TEMPLATES.resolve(template + ".html"));
        assertThat(prose(markup)).as(template).isEmpty();
      }
    }
  }

  @Test
  void proseIsFoundWhereverItIs() throws Exception {
    assertThat(
            prose(
                """
                <main><h1>Devices</h1><p title="All of them" th:text="${x}">9</p>
                <p th:text="${on ? 'in service' : #{a.b.c}}"></p><p th:text="|${n} rows|"></p>
                <p th:text="${'of ' + n}"></p><br th:replace="~{layout :: page(title='Help')}">
                <code translate="no">operations.md</code><b th:text="${s == 'done'} ? #{a.b.c}"></b>
                <p th:text="#{${'layout.state.' + s}(${n}, 'X')}">·</p></main>\
                """))
        .containsExactly(
            "Devices", "title=All of them", "'in service'", "| rows|", "'of '", "title='Help'");
  }

  /** Text with letters, and literals with some that are shown. */
  private static List<String> prose(String markup) throws Exception {
    List<String> prose = new ArrayList<>();
    new SimpleMarkupParser(ParseConfiguration.htmlConfiguration())
        .parse(markup, new ProseFinder(prose));
    return prose;
  }

  private static final class ProseFinder extends AbstractSimpleMarkupHandler {

    private final List<String> prose;
    private final Deque<Boolean> untranslated = new ArrayDeque<>();

    ProseFinder(List<String> prose) {
      this.prose = prose;
    }

    @Override
    public void handleText(char[] buffer, int offset, int length, int line, int column) {
      String text = new String(buffer, offset, length).strip();
      if (!untranslated.contains(true) && LETTER.matcher(text.replace("Muster", "")).find()) {
        prose.add(text);
      }
    }

    @Override
    public void handleOpenElement(
        String name, @Nullable Map<String, String> attributes, int line, int column) {
      untranslated.push(attributes != null && "no".equals(attributes.get("translate")));
      look(attributes);
    }

    @Override
    public void handleStandaloneElement(
        String name,
        @Nullable Map<String, String> attributes,
        boolean minimized,
        int line,
        int column) {
      look(attributes);
    }

    @Override
    public void handleCloseElement(String name, int line, int column) {
      untranslated.pop();
    }

    @Override
    public void handleAutoCloseElement(String name, int line, int column) {
      untranslated.pop();
    }

    private void look(@Nullable Map<String, String> attributes) {
      if (attributes == null) {
        return;
      }
      attributes.forEach(
          (name, value) -> {
            if (READ.contains(name) && LETTER.matcher(value).find()) {
              prose.add(name + "=" + value);
            } else if (WRITTEN.contains(name)) {
              lookAtExpression(value);
            } else if (value.contains("title='")) {
              prose.add(value.replaceFirst(".*(title='[^']*').*", "$1"));
            }
          });
    }

    private void lookAtExpression(String expression) {
      Matcher literals = LITERAL.matcher(expression);
      while (literals.find()) {
        if (literals.group(1) == null
            && LETTER.matcher(literals.group(2)).find()
            && !NO_PROSE.matcher(literals.group(2)).matches()) {
          prose.add("'" + literals.group(2) + "'");
        }
      }
      Matcher pipes = PIPED.matcher(expression);
      while (pipes.find()) {
        String said = pipes.group(1).replaceAll("[$#@]\\{[^}]*}", "");
        if (LETTER.matcher(said).find()) {
          prose.add("|" + said + "|");
        }
      }
    }
  }

  /** In their order; each key once. */
  private static Map<String, String> messages(String group, String language) throws IOException {
    Path file = RESOURCES.resolve("messages/" + group + language + ".properties");
    Map<String, String> messages = new TreeMap<>();
    for (String line : Files.readAllLines(file)) {
      if (line.isBlank() || line.startsWith("#")) {
        continue;
      }
      int equals = line.indexOf('=');
      assertThat(equals).as("%s: a key, = and its text in one line: %s", file, line).isPositive();
      assertThat(messages.put(line.substring(0, equals).strip(), line.substring(equals + 1)))
          .as("%s has this twice: %s", file, line)
          .isNull();
    }
    return messages;
  }

  private static Set<String> parameters(String text) {
    Set<String> parameters = new TreeSet<>();
    find(PARAMETER, text, parameters);
    return parameters;
  }

  private static void find(Pattern pattern, String text, Set<String> found) {
    Matcher matcher = pattern.matcher(text);
    while (matcher.find()) {
      found.add(matcher.group(1));
    }
  }

  private static List<Path> files(Path folder, String ending) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(file -> file.toString().endsWith(ending)).toList();
    }
  }
}
