package dev.muster.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.Await;
import dev.muster.MusterProcess;
import dev.muster.MusterProcess.Running;
import dev.muster.RequiredTool;
import dev.muster.SmallDisk;
import dev.muster.TestManifest;
import dev.muster.bundle.AgeIdentity;
import dev.muster.kafka.KafkaBroker;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Services work through what factories drop while faults are done to them, to their PostgreSQL,
 * their sessions, disks and configuration. After each fault an oracle looks at what is there; now
 * and then it is quiet, and everything that was sent must have become what it should, by itself.
 *
 * <p>What is sent and what is done follows from the seed, fault by fault; the instant does not, for
 * that depends on the machine.
 */
final class Campaign implements AutoCloseable {

  private static final Duration PATIENCE = Duration.ofMinutes(10);
  private static final int MOST_HUBS = 60;
  private static final int SIZES = 3;

  /** So many that each step takes a while. */
  private static final int WITHDRAWN_ROWS = 10_000;

  private static final Pattern ADDRESS = Pattern.compile("tokens at (http://[^/]+)/device/token");
  private static final String KEY = "a2V5LWZvci10aGUtdGVzdC1vZi1jaGFvcy1vbmx5LW5vdC1yZWFsIQ==";

  private final Path folder;
  private final Plan plan;
  private final Path home;
  private final Database database;
  private final List<Sent> sent = new ArrayList<>();
  private final Map<Fault, Integer> tally = new EnumMap<>(Fault.class);
  private final Map<String, Integer> steps = new TreeMap<>();
  private final Map<String, List<Path>> identities = new LinkedHashMap<>();
  private final Map<String, SmallDisk> disks = new HashMap<>();
  private final List<Running> instances = new ArrayList<>();
  private Random random;
  private @Nullable KafkaBroker broker;
  private int hubs = 2;
  private long sessionsCut;
  private int withdrawn;
  private int notWithdrawn;
  private int fullDisks;
  private int fullDisksSeen;

  /**
   * @param folder for everything, the home too
   */
  Campaign(Path folder, Plan plan) {
    this.folder = folder;
    this.plan = plan;
    home = folder.resolve("var");
    database = new Database(home.resolve("postgres"));
    random = new Random(plan.seed());
  }

  void run() throws Exception {
    RequiredTool.orSkip("age");
    Instant began = Instant.now();
    for (Fault kind : plan.kinds()) {
      if (kind.name().startsWith("FILL_")) {
        String disk = diskOf(kind);
        disks.put(disk, SmallDisk.mount(home.resolve(disk), 4000));
      }
    }
    if (plan.messages()) {
      broker =
          KafkaBroker.start(
              folder.resolve("kafka"), "manifests:3", "manifests.DLT", "provisioning-outcomes");
    }
    for (int i = 0; i < plan.instances(); i++) {
      startInstance();
    }
    for (String factory : plan.factories()) {
      if (factory.equals("fabrikam")) {
        Path made = home.resolve("keys/fabrikam.agekey");
        Await.until(PATIENCE, () -> Files.exists(made), there -> there);
        identities.put(factory, new ArrayList<>(List.of(made)));
      } else {
        newIdentity(factory);
        addFactory(factory);
      }
    }
    Map<String, String> keys = new TreeMap<>();
    for (int hub = 0; hub < MOST_HUBS; hub++) {
      keys.put(namespace(hub), KEY);
    }
    Oracle oracle = new Oracle(home, identities, keys);
    for (int fault = 1; fault <= plan.faults(); fault++) {
      long seed = plan.seed() * 1_000_000 + fault;
      random = new Random(seed * 0x9E3779B97F4A7C15L);
      send(fault);
      // Each kind as often as the others, as far as that goes
      Fault next =
          plan.faults() <= plan.kinds().size()
              ? plan.kinds().get(fault - 1)
              : plan.kinds().get(random.nextInt(plan.kinds().size()));
      int moment = random.nextInt(120);
      String step = awaitWork();
      Thread.sleep(moment);
      say("fault %d of %d, seed %d: %s in %s", fault, plan.faults(), seed, next, step);
      inject(next);
      tally.merge(next, 1, Integer::sum);
      steps.merge(step, 1, Integer::sum);
      boolean last = fault == plan.faults();
      List<String> wrong = new ArrayList<>(oracle.wrongSoFar(sent, database));
      if (fault % plan.round() == 0 || last) {
        awaitQuiet();
        wrong.addAll(oracle.wrong(sent, database));
        say(
            "%d faults, %d manifests, %d tokens checked, %s: %s",
            fault, sent.size(), oracle.tokens(), took(began), wrong.isEmpty() ? "all well" : wrong);
      }
      assertThat(wrong).as("after fault %d, seed %d", fault, seed).isEmpty();
    }
    say(
        "seed=%d faults=%d manifests=%d devices=%d tokens-checked=%d sessions-cut=%d withdrawn=%d"
            + " not-because-delivered=%d full-disks-seen-by-health=%d/%d took=%s tally=%s in=%s",
        plan.seed(),
        plan.faults(),
        sent.size(),
        sent.stream().mapToInt(one -> one.devices().size()).sum(),
        oracle.tokens(),
        sessionsCut,
        withdrawn,
        notWithdrawn,
        fullDisksSeen,
        fullDisks,
        took(began),
        tally,
        steps);
  }

  private static Duration took(Instant began) {
    return Duration.ofSeconds(Duration.between(began, Instant.now()).toSeconds());
  }

  /** What lies on disks of memory is gone with them. */
  private void keepLog() throws Exception {
    SmallDisk log = disks.get("log");
    if (log != null) {
      new ProcessBuilder(
              "cp", "-r", home.resolve("log").toString(), folder.resolve("log").toString())
          .start()
          .waitFor();
    }
  }

  @Override
  public void close() throws Exception {
    keepLog();
    for (Running instance : instances) {
      signal("CONT", instance.process().pid());
      instance.process().destroy();
    }
    for (Running instance : instances) {
      if (!instance.process().waitFor(1, TimeUnit.MINUTES)) {
        instance.process().destroyForcibly();
      }
    }
    database.close();
    if (broker != null) {
      broker.close();
    }
    for (SmallDisk disk : disks.values()) {
      disk.close();
    }
  }

  // What factories do

  /** Sends a manifest or two, most of them with rows that are refused. */
  private void send(int number) throws Exception {
    int manifests = 1 + random.nextInt(2);
    for (int i = 0; i < manifests; i++) {
      boolean byMessage = broker != null && random.nextInt(3) == 0;
      send(
          "m%d-%d.csv".formatted(number, i),
          plan.rows() + random.nextInt(2 * plan.rows()),
          byMessage ? 1 : 0);
    }
  }

  /**
   * Sends a manifest.
   *
   * @param messages by so many messages; 0: it is dropped
   */
  private Sent send(String file, int rows, int messages) throws Exception {
    String factory = plan.factories().get(random.nextInt(plan.factories().size()));
    TestManifest manifest = TestManifest.seeded(plan.seed() * 100_000 + sent.size()).rows(rows);
    Set<String> devices = new HashSet<>();
    Set<String> rejects = new HashSet<>();
    for (int line = 2; line <= manifest.lastLine(); line++) {
      devices.add(manifest.deviceId(line));
    }
    for (int bad = random.nextInt(30); bad > 0; bad--) {
      if (random.nextBoolean()) {
        manifest.row("not-a-guid");
        rejects.add(manifest.lastLine() + ",MALFORMED_DEVICE_ID");
      } else {
        manifest.repeat(2 + random.nextInt(1000));
        rejects.add(manifest.lastLine() + ",DUPLICATE_IN_MANIFEST");
      }
    }
    if (messages == 0) {
      Path inbox = Files.createDirectories(home.resolve("inbox").resolve(factory));
      Path aside = manifest.write(inbox.resolve(file + ".part"));
      Files.move(aside, inbox.resolve(file), StandardCopyOption.ATOMIC_MOVE);
    }
    for (int i = 0; i < messages; i++) {
      Objects.requireNonNull(broker)
          .send(
              "manifests",
              factory,
              manifest.content().getBytes(StandardCharsets.UTF_8),
              Map.of("manifest-name", file));
    }
    Sent one = new Sent(factory, file, devices, rejects, Math.max(1, messages), false);
    sent.add(one);
    return one;
  }

  private void newIdentity(String factory) throws Exception {
    List<Path> all = identities.computeIfAbsent(factory, name -> new ArrayList<>());
    Path identity = folder.resolve(factory + "-" + all.size() + ".agekey");
    AgeIdentity.generate().writeNew(identity);
    all.add(identity);
  }

  private void addFactory(String factory) throws Exception {
    List<Path> all = Objects.requireNonNull(identities.get(factory));
    String recipient = AgeIdentity.read(all.get(all.size() - 1)).get(0).recipient().publicKey();
    byPerson("factory", "add", factory, "--recipient", recipient);
  }

  private void removeAndAdd(boolean newKeys) throws Exception {
    List<String> all = plan.factories().stream().filter(id -> !id.equals("fabrikam")).toList();
    String factory = all.get(random.nextInt(all.size()));
    for (Sent one : sent) {
      if (one.factory().equals(factory)) { // what comes in when there is no such factory is refused
        Await.until(
            PATIENCE,
            () -> number("SELECT count(*) FROM arrival WHERE file_name = ?", one.file()),
            here -> here >= one.times());
      }
    }
    byPerson("factory", "remove", factory);
    if (newKeys) {
      newIdentity(factory);
    }
    addFactory(factory);
  }

  /** What somebody does, and says again when it was refused for what is done to Muster. */
  private void byPerson(String... command) throws Exception {
    for (int tries = 1; ; tries++) {
      MusterProcess.Result result = muster().run(command);
      if (result.exitCode() == 0 || (tries > 1 && result.err().contains("already"))) {
        return;
      }
      say("%s: exit code %d, %s", String.join(" ", command), result.exitCode(), result.err());
      assertThat(tries).as("tries of a person").isLessThan(5);
    }
  }

  // What is done to Muster

  private void inject(Fault fault) throws Exception {
    switch (fault) {
      case KILL_INSTANCE -> {
        removeInstance().process().destroyForcibly().waitFor();
        startInstance();
      }
      case END_INSTANCE -> {
        Running ended = removeInstance();
        ended.process().destroy();
        startInstance();
        assertThat(ended.process().waitFor(2, TimeUnit.MINUTES))
            .as("ends when it is told")
            .isTrue();
      }
      case CUT_AT_START -> {
        removeInstance().process().destroyForcibly().waitFor();
        String others =
            database
                .ask(
                    jdbc ->
                        jdbc.sql(
                                "SELECT concat(string_agg(quote_literal(application_name), ','))"
                                    + " FROM pg_stat_activity")
                            .query(String.class)
                            .single())
                .orElse("''");
        startInstance();
        cut("application_name NOT IN (%s)".formatted(others), Duration.ofMinutes(1));
      }
      case PAUSE_INSTANCE -> {
        Process paused = instances.get(random.nextInt(instances.size())).process();
        signal("STOP", paused.pid());
        // Longer than its silence may last, so that the other one takes over, or not quite
        Thread.sleep(random.nextBoolean() ? 9_000 : 3_000);
        signal("CONT", paused.pid());
      }
      case KILL_POSTGRES -> signal("KILL", database.postmaster());
      case SHUT_POSTGRES_DOWN_SMART -> signal("TERM", database.postmaster());
      case SHUT_POSTGRES_DOWN_FAST -> signal("INT", database.postmaster());
      case KILL_POSTGRES_BACKEND -> killBackend();
      case CUT_WORKER_SESSION -> cut("query ~ 'COPY|device|reject' AND xact_start IS NOT NULL");
      case CUT_HISTORY_SESSION -> cut("query ILIKE '%batch_%' AND xact_start IS NOT NULL");
      case CUT_LOCK_SESSION ->
          cut("pid IN (SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 1)");
      case CUT_POOLED_SESSION -> cut("state = 'idle'");
      case CUT_ALL_SESSIONS -> cut("true");
      case FILL_OUTBOX, FILL_SPOOL, FILL_ARCHIVE, FILL_LOG, FILL_POSTGRES -> fill(diskOf(fault));
      case REMOVE_FACTORY -> removeAndAdd(false);
      case CHANGE_KEYS -> removeAndAdd(true);
      case WITHDRAW -> withdraw();
      case KILL_BROKER -> {
        KafkaBroker killed = Objects.requireNonNull(broker);
        killed.stop();
        Thread.sleep(random.nextInt(5_000));
        killed.startAgain();
      }
      case SEND_TWICE -> send("t%d.csv".formatted(sent.size()), plan.rows(), 2);
      case ADD_HUB -> {
        hubs = Math.min(hubs + 1, MOST_HUBS);
        removeInstance().process().destroyForcibly().waitFor();
        startInstance();
      }
    }
  }

  /**
   * All instances are killed in the middle of a run, and before any is there again an operator
   * takes it back: refused when its tokens may be out. Then its arrival is given up, or tried
   * again.
   */
  private void withdraw() throws Exception {
    Sent one = send("w%d.csv".formatted(sent.size()), WITHDRAWN_ROWS, 0);
    String step = List.of("load", "issue", "deliver").get(random.nextInt(3));
    Await.until(PATIENCE, () -> stepOf(one), seen -> seen.startsWith(step) || seen.equals("DONE"));
    Thread.sleep(random.nextInt(50));
    for (Running instance : instances) {
      instance.process().destroyForcibly();
    }
    for (Running instance : List.copyOf(instances)) {
      instance.process().waitFor();
      instances.remove(instance);
    }
    MusterProcess.Result result = muster().run("withdraw", Long.toString(executionOf(one)));
    say("withdraw %s in %s: %s%s", one.name(), step, result.out().strip(), result.err().strip());
    boolean takenBack = result.exitCode() == 0;
    if (!takenBack) {
      assertThat(result.err()).contains("were delivered");
    }
    for (int i = 0; i < plan.instances(); i++) {
      startInstance();
    }
    String state =
        Await.until(
            PATIENCE,
            () -> stateOf(one),
            seen -> List.of("DONE", "REFUSED", "FAILED").contains(seen));
    assertThat(state).as("of what was withdrawn, or not").isEqualTo(takenBack ? "FAILED" : "DONE");
    if (!takenBack) {
      notWithdrawn++;
      return;
    }
    withdrawn++;
    String arrival = Long.toString(arrivalOf(one));
    if (random.nextBoolean()) {
      byPerson("arrivals", "dismiss", arrival, "--reason", "It was withdrawn.");
      sent.set(sent.indexOf(one), one.takenBack());
    } else {
      byPerson("arrivals", "retry", arrival);
    }
  }

  /** The step that its run is at; the state of its arrival when there is none. */
  private String stepOf(Sent one) throws SQLException {
    return database
        .ask(
            jdbc ->
                jdbc.sql(
                        """
                        SELECT s.step_name FROM batch_step_execution s
                          JOIN batch_job_execution_params p USING (job_execution_id)
                         WHERE s.status = 'STARTED' AND p.parameter_name = 'name' AND p.parameter_value = ?
                         ORDER BY s.step_execution_id DESC LIMIT 1\
                        """)
                    .param(one.name())
                    .query(String.class)
                    .optional())
        .flatMap(found -> found)
        .orElse(stateOf(one));
  }

  private String stateOf(Sent one) throws SQLException {
    return database
        .ask(
            jdbc ->
                jdbc.sql("SELECT state FROM arrival WHERE factory = ? AND file_name = ?")
                    .params(one.factory(), one.file())
                    .query(String.class)
                    .optional())
        .flatMap(found -> found)
        .orElse("");
  }

  private long arrivalOf(Sent one) throws Exception {
    return number("SELECT arrival_id FROM arrival WHERE file_name = ?", one.file());
  }

  private long executionOf(Sent one) throws Exception {
    return number(
        """
        SELECT max(job_execution_id) FROM batch_job_execution_params
         WHERE parameter_name = 'name' AND parameter_value = ?\
        """,
        one.name());
  }

  private long number(String query, String parameter) throws Exception {
    return Await.until(
            PATIENCE,
            () -> database.ask(jdbc -> jdbc.sql(query).param(parameter).query(Long.class).single()),
            Optional::isPresent)
        .orElseThrow();
  }

  private static String diskOf(Fault fault) {
    return fault.name().substring("FILL_".length()).toLowerCase(Locale.ROOT);
  }

  private void cut(String which) throws Exception {
    cut(which, Duration.ofSeconds(5));
  }

  /** Cuts sessions as soon as there are such. */
  private void cut(String which, Duration patience) throws Exception {
    long cut = 0;
    Instant until = Instant.now().plus(patience);
    while (cut == 0 && Instant.now().isBefore(until)) {
      cut =
          database
              .ask(
                  jdbc ->
                      jdbc.sql(
                              """
                              SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
                               WHERE application_name LIKE 'muster-%%' AND pid <> pg_backend_pid() AND %s\
                              """
                                  .formatted(which))
                          .query(Long.class)
                          .single())
              .orElse(0L);
    }
    sessionsCut += cut;
    say("%d sessions cut", cut);
  }

  private void killBackend() throws Exception {
    long process =
        database
            .ask(
                jdbc ->
                    jdbc.sql(
                            """
                            SELECT pid FROM pg_stat_activity
                             WHERE application_name LIKE 'muster-%' ORDER BY xact_start NULLS LAST LIMIT 1\
                            """)
                        .query(Long.class)
                        .optional()
                        .orElse(-1L))
            .orElse(-1L);
    signal("KILL", process);
  }

  private void fill(String where) throws Exception {
    SmallDisk disk = Objects.requireNonNull(disks.get(where));
    disk.fill();
    boolean postgres = where.equals("postgres");
    if (postgres) {
      // So that it writes more log at once than there is room for
      database.ask(jdbc -> jdbc.sql("SELECT pg_switch_wal()").query(String.class).single());
    } else {
      fullDisks++;
    }
    Instant until = Instant.now().plusMillis(1_000 + random.nextInt(3_000));
    while (Instant.now().isBefore(until)) {
      if (!postgres && healthIsDown()) {
        fullDisksSeen++;
        break;
      }
      Thread.sleep(200);
    }
    Thread.sleep(Math.max(0, Duration.between(Instant.now(), until).toMillis()));
    disk.free();
  }

  private boolean healthIsDown() throws Exception {
    for (Running instance : instances) {
      Matcher address = ADDRESS.matcher(instance.out());
      if (address.find()) {
        try {
          return HttpClient.newHttpClient()
                  .send(
                      HttpRequest.newBuilder(URI.create(address.group(1) + "/actuator/health"))
                          .timeout(Duration.ofSeconds(2))
                          .build(),
                      BodyHandlers.discarding())
                  .statusCode()
              == 503;
        } catch (IOException e) {
          return false;
        }
      }
    }
    return false;
  }

  // Muster

  private MusterProcess muster() {
    List<String> options =
        new ArrayList<>(
            List.of(
                "-Dspring.profiles.active=dev",
                "-Dmuster.arrivals.heartbeat=1s",
                "-Dmuster.arrivals.silence=5s",
                "-Dmuster.arrivals.first-delay=500ms",
                "-Dmuster.arrivals.longest-delay=3s",
                "-Dmuster.folder.sweep=200ms",
                "-Dmuster.folder.quiet=100ms",
                "-Dmuster.health.disk-space=1MB",
                "-Dspring.datasource.hikari.connection-timeout=5000"));
    if (broker != null) {
      options.add("-Dmuster.kafka.bootstrap-servers=" + broker.bootstrapServers());
      options.add("-Dmuster.kafka.properties.[session.timeout.ms]=6000");
      options.add("-Dmuster.kafka.properties.[heartbeat.interval.ms]=1000");
    }
    for (int hub = 0; hub < hubs; hub++) {
      String name = "-Dmuster.hubs[" + hub + "].";
      options.add(name + "name=hub" + hub);
      options.add(name + "namespace=" + namespace(hub));
      options.add(name + "event-hub=telemetry");
      options.add(name + "key-name=send");
      options.add(name + "primary-key=" + KEY);
    }
    return new MusterProcess(home, options.toArray(String[]::new));
  }

  private static String namespace(int hub) {
    return "hub%d.servicebus.windows.net".formatted(hub);
  }

  /** With a time zone, a clock, and sizes of chunks and parts of its own. */
  private void startInstance() throws Exception {
    String zone = plan.zones().get(random.nextInt(plan.zones().size()));
    int ahead = plan.clocks().get(random.nextInt(plan.clocks().size()));
    int chunkRows = List.of(150, 300, 700).get(random.nextInt(SIZES));
    int partDevices = List.of(400, 900, 2500).get(random.nextInt(SIZES));
    say(
        "instance in %s, clock %+d s, chunks of %d, parts of %d, %d hubs",
        zone, ahead, chunkRows, partDevices, hubs);
    Map<String, String> environment = new HashMap<>(Map.of("TZ", zone));
    if (ahead != 0) {
      environment.put("LD_PRELOAD", clock().toString());
      environment.put("CLOCK_AHEAD_SECONDS", Integer.toString(ahead));
    }
    instances.add(
        muster()
            .start(
                environment,
                List.of(
                    "-Dmuster.provisioning.chunk-rows=" + chunkRows,
                    "-Dmuster.provisioning.part-devices=" + partDevices),
                "serve"));
  }

  private Running removeInstance() {
    return instances.remove(random.nextInt(instances.size()));
  }

  /** The library that gives a process a clock of its own; compiled when it is needed first. */
  private Path clock() throws Exception {
    Path library = folder.resolve("clock.so");
    if (!Files.exists(library)) {
      RequiredTool.orSkip("cc");
      Path source = folder.resolve("clock.c");
      try (InputStream in = Campaign.class.getResourceAsStream("clock.c")) {
        Files.copy(Objects.requireNonNull(in), source);
      }
      assertThat(
              new ProcessBuilder(
                      "cc", "-shared", "-fPIC", "-O1", "-o", library.toString(), source.toString())
                  .inheritIO()
                  .start()
                  .waitFor())
          .isZero();
    }
    return library;
  }

  /** Waits until something is under way; returns the step, or that there was none. */
  private String awaitWork() throws Exception {
    Instant until = Instant.now().plusSeconds(20);
    while (Instant.now().isBefore(until)) {
      List<String> running =
          database
              .ask(
                  jdbc ->
                      jdbc.sql(
                              """
                              SELECT split_part(step_name, ':', 1) FROM batch_step_execution
                               WHERE status = 'STARTED' ORDER BY step_execution_id DESC\
                              """)
                          .query(String.class)
                          .list())
              .orElse(List.of());
      if (!running.isEmpty()) {
        return running.get(0);
      }
      Thread.sleep(20);
    }
    return "nothing";
  }

  /** Waits until nothing is open any more; who needs somebody stays open. */
  private void awaitQuiet() throws Exception {
    Await.until(
        PATIENCE,
        () ->
            database
                .ask(
                    jdbc ->
                        jdbc.sql(
                                """
                                SELECT concat_ws(' ', factory, file_name, state, attempts, problem) FROM arrival
                                 WHERE state <> 'DONE'
                                   AND NOT (state = 'REFUSED' AND file_name = ANY (string_to_array(?, ',')))
                                 UNION ALL
                                SELECT 'only ' || count(*) FROM arrival HAVING count(*) < ?\
                                """)
                            .params(
                                sent.stream()
                                    .filter(Sent::withdrawn)
                                    .map(Sent::file)
                                    .collect(Collectors.joining(",")),
                                sent.stream().mapToInt(Sent::times).sum())
                            .query(String.class)
                            .list())
                .orElse(List.of("no database")),
        List::isEmpty);
  }

  private static void signal(String signal, long pid) throws Exception {
    if (pid > 0) {
      new ProcessBuilder("kill", "-" + signal, Long.toString(pid)).start().waitFor();
    }
  }

  @SuppressWarnings("AnnotateFormatMethod")
  private static void say(String what, @Nullable Object... values) {
    System.out.println("chaos " + Instant.now() + " " + what.formatted(values));
  }
}
