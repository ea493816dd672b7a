package dev.muster.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.Await;
import dev.muster.MusterProcess;
import dev.muster.MusterProcess.Running;
import dev.muster.RequiredTool;
import dev.muster.SmallDisk;
import dev.muster.TestManifest;
import dev.muster.bundle.AgeIdentity;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.DriverManagerDataSource;

/**
 * Two services work through what factories drop while faults are done to them, to their PostgreSQL,
 * their sessions, disks and configuration. Now and then it is quiet, and everything that was sent
 * must have become what it should, by itself.
 *
 * <p>{@code -Dmuster.chaos.faults=300 -Dmuster.chaos.seed=N} is the long form; {@code
 * -Dmuster.chaos.kinds} says which kinds, {@code -Dmuster.chaos.zones} in which time zones
 * instances are. The choice follows from the seed; the instant does not, for that depends on the
 * machine. Faults of disks need root.
 */
@Tag("slow")
class ChaosCampaign {

  private static final int FAULTS = Integer.getInteger("muster.chaos.faults", 6);
  private static final long SEED = Long.getLong("muster.chaos.seed", 14);
  private static final int FAULTS_BEFORE_QUIET = Integer.getInteger("muster.chaos.round", 6);

  private static final Duration PATIENCE = Duration.ofMinutes(4);
  private static final List<String> FACTORIES = List.of("acme", "contoso", "fabrikam");
  private static final List<String> ZONES =
      List.of(System.getProperty("muster.chaos.zones", "UTC").split(","));
  private static final Pattern ADDRESS = Pattern.compile("tokens at (http://[^/]+)/device/token");
  private static final String KEY = "a2V5LWZvci10aGUtdGVzdC1vZi1jaGFvcy1vbmx5LW5vdC1yZWFsIQ==";

  @TempDir(cleanup = CleanupMode.ON_SUCCESS)
  private Path folder;

  private final Random random = new Random(SEED);
  private final List<Sent> sent = new ArrayList<>();
  private final Map<Fault, Integer> tally = new EnumMap<>(Fault.class);
  private final Map<String, Integer> steps = new TreeMap<>();
  private final Map<String, Path> identities = new LinkedHashMap<>();
  private final Map<String, SmallDisk> disks = new LinkedHashMap<>();
  private final List<Running> instances = new ArrayList<>();
  private Path home = Path.of("");
  private int hubs = 2;
  private int fullDisksSeen;

  @Test
  void whateverHappensEverythingThatWasSentBecomesWhatItShould() throws Exception {
    RequiredTool.orSkip("age");
    home = folder.resolve("var");
    disks.put("outbox", SmallDisk.mount(home.resolve("outbox"), 200));
    disks.put("spool", SmallDisk.mount(home.resolve("spool"), 100));
    disks.put("postgres", SmallDisk.mount(home.resolve("postgres"), 1500));
    for (int i = 0; i < 2; i++) {
      instances.add(startInstance());
    }
    for (String factory : FACTORIES) {
      Path identity = folder.resolve(factory + ".agekey");
      AgeIdentity.generate().writeNew(identity);
      identities.put(factory, identity);
      addFactory(factory);
    }
    Map<String, String> keys = new TreeMap<>();
    for (int hub = 0; hub < 40; hub++) {
      keys.put(namespace(hub), KEY);
    }
    Oracle oracle = new Oracle(home, identities, keys);
    Instant began = Instant.now();
    int devices = 0;
    List<Fault> kinds = Fault.chosen();
    for (int fault = 1; fault <= FAULTS; fault++) {
      send(fault);
      Fault next = kinds.get(random.nextInt(kinds.size()));
      String step = awaitWork();
      say("fault %d of %d: %s in %s", fault, FAULTS, next, step);
      inject(next);
      tally.merge(next, 1, Integer::sum);
      steps.merge(step, 1, Integer::sum);
      if (fault % FAULTS_BEFORE_QUIET == 0 || fault == FAULTS) {
        awaitQuiet();
        assertThat(oracle.wrong(sent, database()))
            .as("after fault %d, seed %d", fault, SEED)
            .isEmpty();
        say("all well after %d faults; %d tokens checked", fault, oracle.tokens());
      }
    }
    for (Sent one : sent) {
      devices += one.devices().size();
    }
    say(
        "seed=%d faults=%d manifests=%d devices=%d tokens-checked=%d full-disks-seen-by-health=%d"
            + " took=%s tally=%s in=%s",
        SEED,
        FAULTS,
        sent.size(),
        devices,
        oracle.tokens(),
        fullDisksSeen,
        Duration.ofSeconds(Duration.between(began, Instant.now()).toSeconds()),
        tally,
        steps);
  }

  @AfterEach
  void endAll() throws Exception {
    for (Running instance : instances) {
      instance.process().destroy();
    }
    for (Running instance : instances) {
      instance.process().waitFor();
    }
    for (SmallDisk disk : disks.values()) {
      disk.close();
    }
  }

  // What factories do

  /** Drops a manifest or two, most of them with rows that are refused. */
  private void send(int number) throws IOException {
    for (int i = 0; i <= random.nextInt(2); i++) {
      String factory = FACTORIES.get(random.nextInt(FACTORIES.size()));
      TestManifest manifest =
          TestManifest.seeded(SEED * 100_000 + sent.size()).rows(1500 + random.nextInt(4000));
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
      String file = "m%d-%d.csv".formatted(number, i);
      Path inbox = Files.createDirectories(home.resolve("inbox").resolve(factory));
      Path aside = manifest.write(inbox.resolve(file + ".part"));
      Files.move(aside, inbox.resolve(file), StandardCopyOption.ATOMIC_MOVE);
      sent.add(new Sent(factory, file, devices, rejects));
    }
  }

  private void addFactory(String factory) throws Exception {
    String recipient =
        AgeIdentity.read(Objects.requireNonNull(identities.get(factory)))
            .get(0)
            .recipient()
            .publicKey();
    assertThat(muster().run("factory", "add", factory, "--recipient", recipient).exitCode())
        .isZero();
  }

  // What is done to Muster

  private void inject(Fault fault) throws Exception {
    switch (fault) {
      case KILL_INSTANCE -> {
        Running killed = instances.remove(random.nextInt(instances.size()));
        killed.process().destroyForcibly().waitFor();
        instances.add(startInstance());
      }
      case END_INSTANCE -> {
        Running ended = instances.remove(random.nextInt(instances.size()));
        ended.process().destroy();
        instances.add(startInstance());
        assertThat(ended.process().waitFor(2, TimeUnit.MINUTES))
            .as("ends when it is told")
            .isTrue();
      }
      case PAUSE_INSTANCE -> {
        ProcessHandle paused = instances.get(random.nextInt(instances.size())).process().toHandle();
        signal("STOP", paused.pid());
        // Longer than its silence may last, so that the other one takes over, or not quite
        Thread.sleep(random.nextBoolean() ? 9_000 : 3_000);
        signal("CONT", paused.pid());
      }
      case KILL_POSTGRES -> signal("KILL", postmaster());
      case SHUT_POSTGRES_DOWN_SMART -> signal("TERM", postmaster());
      case SHUT_POSTGRES_DOWN_FAST -> signal("INT", postmaster());
      case KILL_POSTGRES_BACKEND -> killBackend();
      case CUT_WORKER_SESSION -> cut("query ~ 'COPY|device' AND xact_start IS NOT NULL");
      case CUT_HISTORY_SESSION -> cut("query ILIKE '%batch_%'");
      case CUT_LOCK_SESSION -> cut("query ILIKE '%advisory%'");
      case CUT_POOLED_SESSION -> cut("state = 'idle'");
      case CUT_ALL_SESSIONS -> cut("true");
      case FILL_OUTBOX -> fill("outbox");
      case FILL_SPOOL -> fill("spool");
      case FILL_POSTGRES -> fill("postgres");
      case REMOVE_FACTORY -> {
        String factory = FACTORIES.get(random.nextInt(FACTORIES.size()));
        muster().run("factory", "remove", factory);
        addFactory(factory);
      }
      case ADD_HUB -> {
        hubs++;
        Running ended = instances.remove(0);
        ended.process().destroyForcibly().waitFor();
        instances.add(startInstance());
      }
    }
  }

  private void cut(String which) throws IOException {
    try {
      database()
          .sql(
              """
              SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
               WHERE application_name LIKE 'muster-%%' AND pid <> pg_backend_pid() AND %s\
              """
                  .formatted(which))
          .query(Long.class)
          .single();
    } catch (DataAccessException e) {
      say("PostgreSQL is away, so nothing was cut");
    }
  }

  private void killBackend() throws Exception {
    try {
      for (long pid :
          database()
              .sql(
                  """
                  SELECT pid FROM pg_stat_activity
                   WHERE application_name LIKE 'muster-%' ORDER BY xact_start NULLS LAST LIMIT 1\
                  """)
              .query(Long.class)
              .list()) {
        signal("KILL", pid);
      }
    } catch (DataAccessException e) {
      say("PostgreSQL is away, so nothing was killed");
    }
  }

  private void fill(String where) throws Exception {
    SmallDisk disk = Objects.requireNonNull(disks.get(where));
    disk.fill();
    try {
      if (where.equals("postgres")) {
        // So that it writes more log at once than there is room for
        database().sql("SELECT pg_switch_wal()").query(String.class).single();
      }
    } catch (DataAccessException e) {
      say("PostgreSQL went away at once");
    }
    Instant until = Instant.now().plusMillis(1_000 + random.nextInt(3_000));
    while (Instant.now().isBefore(until)) {
      if (!where.equals("postgres") && healthIsDown()) {
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
                "-Dmuster.provisioning.chunk-rows=300",
                "-Dmuster.provisioning.part-devices=900",
                "-Dmuster.arrivals.heartbeat=1s",
                "-Dmuster.arrivals.silence=5s",
                "-Dmuster.arrivals.first-delay=500ms",
                "-Dmuster.arrivals.longest-delay=3s",
                "-Dmuster.folder.sweep=200ms",
                "-Dmuster.folder.quiet=100ms",
                "-Dmuster.health.disk-space=1MB",
                "-Dspring.datasource.hikari.connection-timeout=5000"));
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

  /** In a time zone of its own. */
  private Running startInstance() throws Exception {
    String zone = ZONES.get(random.nextInt(ZONES.size()));
    say("instance in %s", zone);
    return muster().start(Map.of("TZ", zone), List.of(), "serve");
  }

  /** Waits until something is under way, and for a moment more; returns the step. */
  private String awaitWork() throws Exception {
    String step = "nothing";
    Instant until = Instant.now().plus(PATIENCE);
    while (Instant.now().isBefore(until)) {
      try {
        List<String> running =
            database()
                .sql(
                    "SELECT step_name FROM batch_step_execution WHERE status = 'STARTED' ORDER BY"
                        + " 1")
                .query(String.class)
                .list();
        if (!running.isEmpty()) {
          step = running.get(random.nextInt(running.size())).replaceFirst(":.*", "");
          break;
        }
      } catch (DataAccessException | IOException e) {
        Thread.sleep(200); // PostgreSQL is on its way
      }
      Thread.sleep(10);
    }
    Thread.sleep(random.nextInt(120));
    return step;
  }

  /** Waits until nothing is open any more; who needs somebody stays open. */
  private void awaitQuiet() throws Exception {
    Await.until(
        PATIENCE,
        () -> {
          try {
            return database()
                .sql(
                    """
                    SELECT concat_ws(' ', factory, file_name, state, attempts, problem) FROM arrival
                     WHERE state <> 'DONE'
                     UNION ALL
                    SELECT 'only ' || count(*) FROM arrival HAVING count(*) < %d\
                    """
                        .formatted(sent.size()))
                .query(String.class)
                .list();
          } catch (DataAccessException | IOException e) {
            return List.of("no database: " + e.getMessage());
          }
        },
        List::isEmpty);
  }

  private JdbcClient database() throws IOException {
    Matcher port =
        Pattern.compile("(?m)^port = (\\d+)$")
            .matcher(Files.readString(home.resolve("postgres/data/postgresql.conf")));
    if (!port.find()) {
      throw new IOException("no port yet");
    }
    return JdbcClient.create(
        new DriverManagerDataSource(
            "jdbc:postgresql://127.0.0.1:%s/muster?connectTimeout=5&socketTimeout=30"
                .formatted(port.group(1)),
            "muster",
            Files.readString(home.resolve("postgres/password")).strip()));
  }

  private long postmaster() throws IOException {
    Path pidFile = home.resolve("postgres/data/postmaster.pid");
    return Files.exists(pidFile) ? Long.parseLong(Files.readAllLines(pidFile).get(0).strip()) : -1;
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
