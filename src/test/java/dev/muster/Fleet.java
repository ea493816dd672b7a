package dev.muster;

import static dev.muster.TestDatabase.count;
import static org.assertj.core.api.Assertions.assertThat;

import com.azure.storage.blob.models.BlobItem;
import dev.muster.MusterProcess.Result;
import dev.muster.MusterProcess.Running;
import dev.muster.blob.Azurite;
import dev.muster.bundle.AgeIdentity;
import dev.muster.bundle.BundleOpener;
import dev.muster.database.EmbeddedPostgres;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.springframework.jdbc.core.JdbcTemplate;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Machines with one instance each, that have PostgreSQL and a container in common, and no disk.
 * Small manifests are large for them. One factory, {@code acme}.
 */
public final class Fleet implements AutoCloseable {

  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final Pattern ADDRESS = Pattern.compile("tokens at (http://[^/]+)/device/token");
  private static final String KEY = "cHJpbWFyeS1rZXktZm9yLXRlc3RzLW9ubHktYW5kLW5v";

  private final Path folder;
  private final JsonMapper json = new JsonMapper();
  private final HttpClient http = HttpClient.newHttpClient();
  private final AgeIdentity identity = AgeIdentity.generate();
  private final Azurite azurite;
  private final EmbeddedPostgres postgres;
  private final JdbcTemplate jdbc;
  private final List<String> options;
  private final List<Machine> machines = new ArrayList<>();
  private final List<String> addresses = new ArrayList<>();
  private final List<String> bearers = new ArrayList<>();
  private String role = "operator";

  /**
   * @param services how many serve; the others but work on partitions
   * @param more options of all of them
   */
  public Fleet(Path folder, int services, int workers, String... more) throws Exception {
    this.folder = folder;
    azurite = Azurite.start("muster");
    postgres = PreparedHome.database(folder.resolve("database"));
    jdbc = TestDatabase.jdbc(postgres);
    options = List.of(more);
    Map<String, Integer> servers =
        Map.of(
            "postgresql",
            URI.create(postgres.jdbcUrl().substring("jdbc:".length())).getPort(),
            "store",
            azurite.port());
    for (int number = 1; number <= services + workers; number++) {
      String[] command =
          number <= services ? new String[] {"serve"} : new String[] {"serve", "--role", "worker"};
      machines.add(
          new Machine(
              folder, number, servers, options("localhost").toArray(String[]::new), command));
    }
    try {
      start(services);
    } catch (Exception | AssertionError e) {
      close();
      throw e;
    }
  }

  private void start(int services) throws Exception {
    Result added = operator().run("factory", "add", "acme", "--recipient", recipient());
    assertThat(added.exitCode()).as(added.err()).isZero();
    for (Machine machine : machines) {
      machine.start();
    }
    for (int number = 0; number < machines.size(); number++) {
      machines.get(number).awaitStarted();
      addresses.add("");
      bearers.add("");
      if (number < services) {
        look(number);
      }
    }
  }

  /** The key that factories of tests have. */
  public String recipient() {
    return identity.recipient().publicKey();
  }

  private List<String> options(String host) {
    List<String> all =
        new ArrayList<>(
            List.of(
                "-Dspring.profiles.active=dev",
                "-Dspring.datasource.url=" + postgres.jdbcUrl().replace("127.0.0.1", host),
                "-Dspring.datasource.username=" + postgres.user(),
                "-Dspring.datasource.password=" + postgres.password(),
                "-Dmuster.store.blob.connection-string=" + azurite.connectionString(host),
                "-Dmuster.schedule.nightly=-",
                "-Dmuster.arrivals.heartbeat=1s",
                "-Dmuster.arrivals.silence=4s",
                "-Dmuster.arrivals.first-delay=200ms"));
    int number = 0;
    for (String hub : List.of("contoso", "northwind")) {
      String its = "-Dmuster.hubs[%d].".formatted(number++);
      all.addAll(
          List.of(
              its + "name=" + hub,
              its + "namespace=" + hub + ".servicebus.windows.net",
              its + "event-hub=telemetry",
              its + "key-name=send",
              its + "primary-key=" + key(hub, "primary"),
              its + "secondary-key=" + key(hub, "secondary")));
    }
    all.addAll(options);
    return all;
  }

  /** One of a hub's two keys. */
  public static String key(String hub, String which) {
    return KEY + which + hub;
  }

  /** A process for commands, with a home of its own. */
  public MusterProcess operator(String... more) {
    List<String> all = options("127.0.0.1");
    all.addAll(Arrays.asList(more));
    return MusterProcess.untouched(folder.resolve("operator"), all.toArray(String[]::new));
  }

  /** Who asks the API from now on. */
  public void as(String role) throws Exception {
    this.role = role;
    for (int number = 0; number < machines.size(); number++) {
      if (!addresses.get(number).isEmpty()) {
        look(number);
      }
    }
  }

  private void look(int number) throws Exception {
    Running running = machines.get(number).running();
    Matcher found = Await.until(PATIENCE, () -> ADDRESS.matcher(running.out()), Matcher::find);
    addresses.set(number, found.group(1));
    bearers.set(
        number,
        DevelopmentAccounts.bearerToken(
            found.group(1), machines.get(number).home().resolve("keys"), role));
  }

  public Machine machine(int number) {
    return machines.get(number);
  }

  public List<Machine> machines() {
    return machines;
  }

  public JdbcTemplate jdbc() {
    return jdbc;
  }

  /** Starts a machine's instance again. */
  public void startAgain(int number) throws Exception {
    machines.get(number).start();
    machines.get(number).awaitStarted();
    if (!addresses.get(number).isEmpty()) {
      look(number);
    }
  }

  /** Asks the API of a machine that serves. */
  public HttpResponse<byte[]> ask(int number, String method, String path, String body)
      throws Exception {
    return http.send(
        HttpRequest.newBuilder(URI.create(addresses.get(number) + path))
            .header("Authorization", "Bearer " + bearers.get(number))
            .method(method, BodyPublishers.ofString(body))
            .build(),
        BodyHandlers.ofByteArray());
  }

  /** What a machine's API answers to a GET. */
  public JsonNode get(int number, String path) throws Exception {
    HttpResponse<byte[]> answer = ask(number, "GET", path, "");
    assertThat(answer.statusCode()).as(path).isEqualTo(200);
    return json.readTree(answer.body());
  }

  public void send(int number, String name, String content) throws Exception {
    HttpResponse<byte[]> answer = ask(number, "PUT", "/api/manifests/acme/" + name, content);
    assertThat(answer.statusCode()).as(text(answer)).isEqualTo(202);
  }

  public static String text(HttpResponse<byte[]> answer) {
    return new String(answer.body(), StandardCharsets.UTF_8);
  }

  /** The latest execution, once all these machines are at one of its steps. */
  public long awaitAtWork(String step, List<Machine> which) throws Exception {
    for (Machine one : which) {
      Await.until(
          PATIENCE,
          () ->
              count(
                  jdbc,
                  """
                  SELECT count(*) FROM run_part p JOIN batch_step_execution s USING (step_execution_id)
                   WHERE p.job_execution_id = (SELECT max(job_execution_id) FROM batch_job_execution)
                     AND s.step_name LIKE '%s:%%' AND p.worker LIKE '%%/%d'\
                  """
                      .formatted(step, one.process().pid())),
          begun -> begun > 0);
    }
    return count(jdbc, "SELECT max(job_execution_id) FROM batch_job_execution");
  }

  /** Nobody writes into a table until this is closed: who is at work stays so. */
  public interface Held extends AutoCloseable {
    @Override
    void close() throws SQLException;
  }

  /** Lets nobody write into a table for a while. */
  public Held hold(String table) throws SQLException {
    Connection connection = Objects.requireNonNull(jdbc.getDataSource()).getConnection();
    try (Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      statement.execute("LOCK TABLE %s IN SHARE MODE".formatted(table));
    }
    return () -> {
      connection.rollback();
      connection.close();
    };
  }

  /** Which of the machines that serve leads the run of an arrival; -1: none. */
  public int leader() {
    for (int number = 0; number < machines.size(); number++) {
      Process process = machines.get(number).process();
      if (process.isAlive() && TestDatabase.atWork(jdbc, process) > 0) {
        return number;
      }
    }
    return -1;
  }

  public void awaitArrivals(String... states) throws Exception {
    Await.until(
        PATIENCE,
        () ->
            jdbc.queryForList("SELECT state::text FROM arrival ORDER BY arrival_id", String.class),
        List.of(states)::equals);
  }

  public void awaitLastArrival(String state) throws Exception {
    Await.until(
        PATIENCE,
        () ->
            jdbc.queryForList(
                "SELECT state::text FROM arrival ORDER BY arrival_id DESC LIMIT 1", String.class),
        List.of(state)::equals);
  }

  /** How many partitions are open, or locked by whoever works on one. */
  public long partitionsAtWork() {
    return count(
        jdbc,
        """
        SELECT count(*) FROM run_part p
         WHERE p.open OR EXISTS (SELECT FROM pg_locks
                                  WHERE locktype = 'advisory' AND objsubid = 1 AND granted
                                    AND (classid::bigint << 32) | objid::bigint
                                      = hashtextextended('part/' || p.step_execution_id, 0))\
        """);
  }

  /** The keys in the container that begin so. */
  public List<String> stored(String beginning) {
    return azurite.container("muster").listBlobs().stream()
        .map(BlobItem::getName)
        .filter(name -> name.startsWith(beginning))
        .toList();
  }

  /** What lies at a machine's home of runs: their devices' spool, and what is being staged. */
  public List<Path> leftAt(Machine machine) throws IOException {
    List<Path> left = new ArrayList<>();
    for (String folder : List.of("spool/devices", "outbox/.staging")) {
      try {
        left.addAll(TestFiles.files(machine.home().resolve(folder)));
      } catch (UncheckedIOException e) {
        left.add(machine.home().resolve(folder)); // some of it goes in this moment
      }
    }
    return left;
  }

  /** The lines of a bundle's parts, opened, by the parts' names. */
  public Map<String, List<String>> opened(int number, long bundle) throws Exception {
    Map<String, List<String>> parts = new TreeMap<>();
    String path = "/api/bundles/" + bundle;
    for (JsonNode file : get(number, path).path("files")) {
      String name = file.path("name").asString("");
      if (name.endsWith(".age")) {
        HttpResponse<byte[]> part = ask(number, "GET", path + "/files/" + name, "");
        assertThat(part.statusCode()).as(name).isEqualTo(200);
        Path here = Files.write(folder.resolve(name), part.body());
        ByteArrayOutputStream plain = new ByteArrayOutputStream();
        BundleOpener.open(here, List.of(identity), plain);
        parts.put(name, plain.toString(StandardCharsets.US_ASCII).lines().skip(1).toList());
      }
    }
    return parts;
  }

  /** What a failure is understood by. */
  public String said() throws IOException {
    StringBuilder said = new StringBuilder();
    for (Machine machine : machines) {
      said.append(machine.said());
    }
    return said.toString();
  }

  @Override
  public void close() throws Exception {
    for (Machine machine : machines) {
      machine.close();
    }
    postgres.close();
    azurite.close();
  }
}
