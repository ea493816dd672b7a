package dev.muster.chaos;

import static dev.muster.TestDatabase.count;
import static dev.muster.TestDatabase.jdbc;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.azure.storage.blob.models.BlobItem;
import com.azure.storage.blob.models.ListBlobsOptions;
import dev.muster.Await;
import dev.muster.Machine;
import dev.muster.MusterProcess;
import dev.muster.PreparedHome;
import dev.muster.RunProgram;
import dev.muster.blob.Azurite;
import dev.muster.bundle.AgeIdentity;
import dev.muster.bundle.Receipt;
import dev.muster.database.EmbeddedPostgres;
import dev.muster.database.SessionLock;
import dev.muster.kafka.KafkaBroker;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.JdbcTemplate;

/**
 * Machines that have PostgreSQL, a container and perhaps Kafka in common, and no disk, work on
 * large manifests, one after the other, while one of them at a time is killed, frozen or cut off.
 * What is done to whom follows from the seed; at which instant, from the machine that all run on.
 */
final class MachineFaults implements AutoCloseable {

  private static final Duration PATIENCE = Duration.ofMinutes(15);
  private static final Duration SILENCE = Duration.ofSeconds(5);
  private static final Duration LONGEST_FAULT = Duration.ofSeconds(90);
  private static final int PIECES = 200;
  private static final int SMALLEST_PIECE = 1000;
  private static final String FACTORY = "acme";
  private static final List<String> HUBS = List.of("contoso", "northwind");
  private static final String KEY = "a2V5LWZvci1mYXVsdHMtb2YtbWFjaGluZXMtb25seS1ub3QtcmVhbCE=";

  /** What happens to a machine. */
  private enum Fault {
    KILLED(Leaves.NOTHING),
    FROZEN(Leaves.NOTHING),
    CUT_FROM_POSTGRESQL(Leaves.NOTHING),
    SILENCE_OF_POSTGRESQL(Leaves.NOTHING),
    CUT_FROM_STORE(Leaves.LEAD),
    SILENCE_OF_STORE(Leaves.LEAD),
    CUT_FROM_KAFKA(Leaves.ALL),
    SILENCE_OF_KAFKA(Leaves.ALL);

    /** What a machine goes on with. */
    private enum Leaves {
      NOTHING,
      /** The runs that it leads; what it can't read or write others do. */
      LEAD,
      ALL
    }

    private final Leaves leaves;

    Fault(Leaves leaves) {
      this.leaves = leaves;
    }
  }

  /** Partitions of runs under way that a machine began, and that are not done. */
  private static final String ITS_PARTS =
      """
      SELECT p.step_execution_id FROM run_part p
        JOIN batch_step_execution s USING (step_execution_id)
        JOIN batch_job_execution e ON e.job_execution_id = p.job_execution_id
        JOIN run_holder h ON h.lock_key = p.lock_key AND h.holder = p.leader_number
       WHERE p.open AND p.problem IS NULL AND s.status <> 'COMPLETED' AND e.status = 'STARTED'
         AND p.worker LIKE '%%/%d'\
      """;

  /** Manifests that a machine leads. */
  private static final String ITS_RUNS =
      """
      SELECT count(*) FROM arrival JOIN instance i USING (instance_id)
       WHERE state = 'WAITING' AND i.buried_at IS NULL AND i.pid = %d\
      """;

  /**
   * Manifests that nobody leads. A machine that was taken for dead may lead its run still, though
   * the manifest is free for others by then.
   */
  private static final String NOBODYS_RUNS =
      """
      SELECT count(*) FROM arrival LEFT JOIN instance i USING (instance_id)
       WHERE state = 'WAITING' AND (i.instance_id IS NULL OR i.buried_at IS NOT NULL)
         AND NOT EXISTS (SELECT FROM run_part p WHERE p.open AND p.lock_key IN (%s))\
      """
          .formatted(SessionLock.KEYS_HELD);

  private static final String COMMITS =
      "SELECT coalesce(sum(commit_count), 0) FROM batch_step_execution";

  private static final String AT_WORK =
      """
      SELECT count(*) FROM run_part p JOIN batch_step_execution s USING (step_execution_id)
       WHERE p.open AND p.worker IS NOT NULL AND s.status IN ('STARTING', 'STARTED')\
      """;

  private static final String REGISTRY =
      """
      SELECT count(*) || ' ' || sum(hashtextextended(concat_ws('|', device_id, state, hub, serial_number, model, attributes, line), 0))
        FROM registry WHERE manifest = '%s'\
      """;

  private final Path folder;
  private final int rows;
  private final int faults;
  private final long seed;
  private final boolean messages;
  private final Random random;
  private final EmbeddedPostgres postgres;
  private final JdbcTemplate jdbc;
  private final Azurite azurite;
  private final @Nullable KafkaBroker broker;
  private final List<Machine> machines = new ArrayList<>();
  private final Path identity;
  private final List<LargeManifest> sent = new ArrayList<>();
  private final Map<Fault, List<Duration>> table = new TreeMap<>();
  private final Map<String, Integer> who = new TreeMap<>();

  /** Whether the first manifest is done by one process alone, too, and what came of it compared. */
  private final boolean alone =
      Boolean.parseBoolean(System.getProperty("muster.faults.alone", "true"));

  private int inTime;

  MachineFaults(Path folder, int rows, int faults, long seed, int machines, boolean messages)
      throws Exception {
    this.folder = folder;
    this.rows = rows;
    this.faults = faults;
    this.seed = seed;
    this.messages = messages;
    random = new Random(seed);
    postgres = PreparedHome.database(folder.resolve("database"));
    jdbc = jdbc(postgres);
    azurite =
        Azurite.onDisk(folder.resolve("azurite"), "muster", "manifests", "announced", "outbox");
    broker =
        messages
            ? KafkaBroker.start(
                folder.resolve("kafka"), "manifests:3", "manifests.DLT", "provisioning-outcomes")
            : null;
    identity = folder.resolve("acme.agekey");
    AgeIdentity.generate().writeNew(identity);
    Map<String, Integer> servers = new TreeMap<>();
    servers.put("postgresql", URI.create(postgres.jdbcUrl().substring("jdbc:".length())).getPort());
    servers.put("store", azurite.port());
    if (broker != null) {
      servers.put("kafka", URI.create("kafka://" + broker.bootstrapServers()).getPort());
    }
    String[] options = shared("localhost");
    for (int number = 1; number <= machines; number++) {
      this.machines.add(
          number % 3 == 0
              ? new Machine(folder, number, servers, options, "serve", "--role", "worker")
              : new Machine(folder, number, servers, options, "serve"));
    }
  }

  void run() throws Exception {
    Instant began = Instant.now();
    addFactory(MusterProcess.untouched(folder.resolve("operator"), shared("127.0.0.1")));
    for (Machine machine : machines) {
      machine.start();
    }
    LargeManifest first = manifest();
    String undisturbed = alone ? undisturbed(first) : "";
    for (Machine machine : machines) {
      machine.awaitStarted();
    }
    say(
        "%d machines, %d rows, %d faults, seed %d, %s Kafka",
        machines.size(), rows, faults, seed, messages ? "with" : "without");
    Instant disturbed = Instant.now();
    send(first);
    for (int fault = 1; fault <= faults; fault++) {
      awaitWork();
      Thread.sleep(random.nextInt(1500));
      inject(fault);
    }
    long within = Duration.between(disturbed, Instant.now()).toSeconds();
    awaitDone();
    List<String> wrong = new ArrayList<>();
    for (LargeManifest manifest : sent) {
      String outcome = outcome(manifest, jdbc, new InContainer(manifest), wrong);
      if (alone && manifest.equals(first) && !outcome.equals(undisturbed)) {
        wrong.add("Not as undisturbed: " + outcome + " instead of " + undisturbed);
      }
    }
    wrong.addAll(wrongParts());
    wrong.addAll(left());
    say(
        "%d faults in %d s, %d in all, %d manifests, %d devices; %d of %d times others went on"
            + " within a minute: %s",
        faults,
        within,
        Duration.between(began, Instant.now()).toSeconds(),
        sent.size(),
        (long) sent.size() * rows,
        inTime,
        faults,
        wrong.isEmpty() ? "all well" : wrong);
    table.forEach(
        (fault, times) ->
            say(
                "| %s | %d | %s | %s |",
                fault.name().toLowerCase(Locale.ROOT).replace('_', ' '),
                times.size(),
                seconds(times.get(times.size() / 2)),
                seconds(times.get(times.size() - 1))));
    say(
        "to whom: %s; executions: %d",
        who, count(jdbc, "SELECT count(*) FROM batch_job_execution"));
    assertThat(wrong).isEmpty();
    assertThat(inTime).as("others went on within a minute").isEqualTo(faults);
  }

  private static String seconds(Duration time) {
    return "%.1f s".formatted(time.toMillis() / 1e3);
  }

  // What is sent

  private LargeManifest manifest() {
    LargeManifest manifest =
        new LargeManifest("m" + (sent.size() + 1), rows, seed * 1000 + sent.size());
    sent.add(manifest);
    return manifest;
  }

  private void send(LargeManifest manifest) throws Exception {
    Path file = folder.resolve(manifest.name() + ".csv");
    if (!Files.exists(file)) {
      manifest.write(file);
    }
    String name = FACTORY + "/" + file.getFileName();
    // What is announced must not be swept as well
    String container = messages ? "announced" : "manifests";
    azurite.blob(container, name).uploadFromFile(file.toString());
    if (broker != null) {
      broker.send(
          "manifests",
          FACTORY,
          """
          {"specversion":"1.0","type":"manifest","source":"/line","id":"%s","data":{"url":"%s","sha256":"%s","rows":%d}}
          """
              .formatted(
                  manifest.name(),
                  azurite.blob(container, name).getBlobUrl().replace("127.0.0.1", "localhost"),
                  sha256(file),
                  rows + manifest.rejects())
              .getBytes(UTF_8),
          Map.of("content-type", "application/cloudevents+json"));
    }
    Files.delete(file);
  }

  private static String sha256(Path file) throws Exception {
    MessageDigest digest = MessageDigest.getInstance("SHA-256");
    try (InputStream in = new DigestInputStream(Files.newInputStream(file), digest)) {
      in.transferTo(OutputStream.nullOutputStream());
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  // What is done to machines

  /** Waits until partitions are worked on; sends another manifest when all are through. */
  private void awaitWork() throws Exception {
    Await.until(
        PATIENCE,
        () -> {
          if (count(
                  jdbc, "SELECT count(*) FROM arrival WHERE state NOT IN ('WAITING', 'ANSWERING')")
              == sent.size()) {
            assertAllDone();
            send(manifest());
          }
          return count(jdbc, AT_WORK);
        },
        parts -> parts > 0);
  }

  private void assertAllDone() {
    assertThat(
            jdbc.queryForList(
                "SELECT DISTINCT state || ' ' || coalesce(problem, '') FROM arrival", String.class))
        .containsExactly("DONE ");
  }

  private void inject(int number) throws Exception {
    List<Fault> kinds =
        List.of(Fault.values())
            .subList(0, messages ? Fault.values().length : Fault.values().length - 2);
    Fault fault = kinds.get(random.nextInt(kinds.size()));
    boolean toLeader = random.nextInt(3) == 0;
    Machine victim = machines.get(random.nextInt(machines.size()));
    for (Machine machine : machines) {
      if (toLeader && leads(machine)) {
        victim = machine;
      }
    }
    long pid = victim.process().pid();
    boolean leads = leads(victim);
    List<Long> parts = jdbc.queryForList(ITS_PARTS.formatted(pid), Long.class);
    long commits = count(jdbc, COMMITS);
    List<String> steps =
        jdbc.queryForList(
            "SELECT DISTINCT split_part(step_name, ':', 1) FROM batch_step_execution WHERE status ="
                + " 'STARTED'",
            String.class);
    Instant began = Instant.now();
    begin(fault, victim);
    Duration least =
        fault == Fault.KILLED ? Duration.ZERO : SILENCE.plusMillis(500 + random.nextInt(3000));
    Duration passed = Duration.ZERO;
    Duration wentOn = null;
    while (passed.compareTo(LONGEST_FAULT) < 0 && (wentOn == null || passed.compareTo(least) < 0)) {
      Thread.sleep(100);
      passed = Duration.between(began, Instant.now());
      if (wentOn == null
          && count(jdbc, COMMITS) > commits
          && (fault.leaves == Fault.Leaves.ALL
              || jdbc.queryForList(ITS_PARTS.formatted(pid), Long.class).stream()
                  .noneMatch(parts::contains))
          && (!leads
              || fault.leaves != Fault.Leaves.NOTHING
              || (!leads(victim) && count(jdbc, NOBODYS_RUNS) == 0))) {
        wentOn = passed;
      }
    }
    end(fault, victim);
    String role = leads ? "leader" : "worker";
    say(
        "fault %d of %d: machine %s %s, %s in %s with %d partitions; others went on after %s, it"
            + " lasted %s",
        number,
        faults,
        victim.home().getFileName(),
        fault,
        role,
        steps,
        parts.size(),
        wentOn == null ? "never" : seconds(wentOn),
        seconds(passed));
    List<Duration> times = table.computeIfAbsent(fault, kind -> new ArrayList<>());
    times.add(wentOn == null ? LONGEST_FAULT : wentOn);
    times.sort(null);
    who.merge(role, 1, Integer::sum);
    if (wentOn != null && wentOn.compareTo(Duration.ofMinutes(1)) <= 0) {
      inTime++;
    }
    awaitHealthy();
  }

  private boolean leads(Machine machine) {
    return count(jdbc, ITS_RUNS.formatted(machine.process().pid())) > 0;
  }

  private static void begin(Fault fault, Machine victim) throws Exception {
    switch (fault) {
      case KILLED -> victim.process().destroyForcibly().waitFor();
      case FROZEN -> RunProgram.signal("STOP", victim.process().toHandle());
      case CUT_FROM_POSTGRESQL -> victim.line("postgresql").cut();
      case SILENCE_OF_POSTGRESQL -> victim.line("postgresql").fallSilent();
      case CUT_FROM_STORE -> victim.line("store").cut();
      case SILENCE_OF_STORE -> victim.line("store").fallSilent();
      case CUT_FROM_KAFKA -> victim.line("kafka").cut();
      case SILENCE_OF_KAFKA -> victim.line("kafka").fallSilent();
    }
  }

  private static void end(Fault fault, Machine victim) throws Exception {
    switch (fault) {
      case KILLED -> victim.start();
      case FROZEN -> RunProgram.signal("CONT", victim.process().toHandle());
      case CUT_FROM_POSTGRESQL, SILENCE_OF_POSTGRESQL -> victim.line("postgresql").mend();
      case CUT_FROM_STORE, SILENCE_OF_STORE -> victim.line("store").mend();
      case CUT_FROM_KAFKA, SILENCE_OF_KAFKA -> victim.line("kafka").mend();
    }
  }

  /** Waits until all of them live, for a while; then those that do must do. */
  private void awaitHealthy() throws Exception {
    Instant until = Instant.now().plusSeconds(60);
    long living = 0;
    while (living < machines.size() && Instant.now().isBefore(until)) {
      Thread.sleep(200);
      living = count(jdbc, "SELECT count(*) FROM instance WHERE buried_at IS NULL");
      for (Machine machine : machines) {
        if (!machine.process().isAlive()) {
          say("%s ended by itself", machine.home().getFileName());
          machine.start();
        }
      }
    }
    if (living < machines.size()) {
      say("only %d of %d machines live a minute later", living, machines.size());
    }
  }

  private void awaitDone() throws Exception {
    Await.until(
        PATIENCE,
        () ->
            jdbc.queryForList(
                "SELECT DISTINCT state || ' ' || coalesce(problem, '') FROM arrival", String.class),
        states -> states.equals(List.of("DONE ")));
  }

  // What came of it

  /** A run of one process alone, with the same hubs, sizes and recipient. */
  private String undisturbed(LargeManifest manifest) throws Exception {
    Path home = folder.resolve("alone");
    Path file = folder.resolve(manifest.name() + ".csv");
    manifest.write(file);
    MusterProcess alone = new MusterProcess(home, options());
    addFactory(alone);
    var provision = alone.start("provision", "--factory", FACTORY, file.toString());
    assertThat(provision.process().waitFor(PATIENCE.toMinutes(), TimeUnit.MINUTES)).isTrue();
    assertThat(provision.process().exitValue()).as(provision.err()).isEqualTo(3);
    try (EmbeddedPostgres database = PreparedHome.database(home);
        Stream<Path> bundles = Files.list(home.resolve("outbox").resolve(FACTORY))) {
      Path bundle = bundles.findFirst().orElseThrow();
      List<String> wrong = new ArrayList<>();
      String outcome =
          outcome(
              manifest, jdbc(database), name -> Files.newInputStream(bundle.resolve(name)), wrong);
      assertThat(wrong).as("undisturbed").isEmpty();
      return outcome;
    }
  }

  private interface Bundle {
    InputStream open(String name) throws IOException;
  }

  private final class InContainer implements Bundle {

    private final String prefix;

    InContainer(LargeManifest manifest) {
      List<String> bundles =
          blobs("outbox/" + FACTORY + "/" + manifest.name() + "-").stream()
              .map(name -> name.substring(0, name.lastIndexOf('/') + 1))
              .distinct()
              .toList();
      assertThat(bundles).hasSize(1);
      prefix = bundles.get(0);
    }

    @Override
    public InputStream open(String name) {
      return azurite.blob("muster", prefix + name).openInputStream();
    }
  }

  /** What a run leaves behind, in short, but for times and numbers. */
  private String outcome(
      LargeManifest manifest, JdbcTemplate database, Bundle bundle, List<String> wrong)
      throws Exception {
    Receipt receipt;
    try (InputStream in = bundle.open("receipt.json")) {
      receipt = Receipt.parse(new String(in.readAllBytes(), UTF_8));
    }
    MessageDigest devices = MessageDigest.getInstance("SHA-256");
    Map<String, byte[]> keys = new TreeMap<>();
    HUBS.forEach(hub -> keys.put(hub + ".servicebus.windows.net", KEY.getBytes(UTF_8)));
    LargeManifest.Check check = manifest.new Check(keys, receipt.tokensExpireAt().getEpochSecond());
    for (Receipt.Part part : receipt.parts()) {
      byte[] encrypted;
      try (InputStream in = bundle.open(part.name())) {
        encrypted = in.readAllBytes();
      }
      if (!HexFormat.of()
          .formatHex(MessageDigest.getInstance("SHA-256").digest(encrypted))
          .equals(part.sha256())) {
        wrong.add(part.name() + " is not what the receipt says");
      }
      RunProgram.Result opened =
          RunProgram.run(List.of("age", "-d", "-i", identity.toString()), encrypted);
      long before = check.lines();
      devices.update(part.name().getBytes(UTF_8));
      for (String line : opened.text().lines().skip(1).toList()) {
        check.line(line);
        String deviceAndHub = line.substring(0, line.indexOf(',', line.indexOf(',') + 1));
        devices.update(deviceAndHub.getBytes(UTF_8));
      }
      if (check.lines() - before != part.devices()) {
        wrong.add(part.name() + " has not as many devices as the receipt says: " + opened.stderr());
      }
    }
    wrong.addAll(check.wrong());
    String rejects;
    try (InputStream in = bundle.open("rejects.csv")) {
      rejects =
          HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(in.readAllBytes()));
    }
    String registry = database.queryForObject(REGISTRY.formatted(manifest.name()), String.class);
    return "accepted %d, rejected %s, registry %s, parts %d %s, rejects %s"
        .formatted(
            receipt.accepted(),
            receipt.rejectedByCode(),
            registry,
            receipt.parts().size(),
            HexFormat.of().formatHex(devices.digest()).substring(0, 16),
            rejects.substring(0, 16));
  }

  private List<String> wrongParts() {
    return jdbc.queryForList(
        """
        SELECT 'open partition ' || step_execution_id FROM run_part WHERE open
         UNION ALL
        SELECT concat_ws(' ', 'execution', e.job_execution_id, 'is', e.status) FROM batch_job_execution e
         WHERE e.status <> 'COMPLETED'
           AND NOT EXISTS (SELECT FROM batch_job_execution l
                            WHERE l.job_instance_id = e.job_instance_id AND l.job_execution_id > e.job_execution_id)
         UNION ALL
        SELECT concat_ws(' ', 'partition', s.step_name, 'of', e.job_execution_id, 'is', s.status)
          FROM batch_step_execution s JOIN batch_job_execution e ON e.job_execution_id = s.job_execution_id
         WHERE e.status = 'COMPLETED' AND s.status <> 'COMPLETED'\
        """,
        String.class);
  }

  /** What the store holds that is no answer: once a day has passed, the service sweeps that. */
  private List<String> left() {
    List<String> staged = blobs("outbox/.staging/");
    say("staged and left to the sweep: %d", staged.size());
    return blobs("").stream()
        .filter(name -> !name.startsWith("outbox/") && !name.startsWith("content/"))
        .map(name -> "left over: " + name)
        .toList();
  }

  private List<String> blobs(String prefix) {
    return azurite
        .container("muster")
        .listBlobs(new ListBlobsOptions().setPrefix(prefix), null)
        .stream()
        .map(BlobItem::getName)
        .toList();
  }

  // Muster

  private void addFactory(MusterProcess muster) throws Exception {
    String recipient = AgeIdentity.read(identity).get(0).recipient().publicKey();
    MusterProcess.Result added = muster.run("factory", "add", FACTORY, "--recipient", recipient);
    assertThat(added.exitCode()).as(added.err()).isZero();
  }

  private String[] options() {
    int piece = Math.max(SMALLEST_PIECE, rows / PIECES);
    Stream<String> hubs =
        IntStream.range(0, HUBS.size())
            .boxed()
            .flatMap(
                hub ->
                    Stream.of(
                            "name=" + HUBS.get(hub),
                            "namespace=" + HUBS.get(hub) + ".servicebus.windows.net",
                            "event-hub=telemetry",
                            "key-name=send",
                            "primary-key=" + KEY)
                        .map(setting -> "-Dmuster.hubs[" + hub + "]." + setting));
    return Stream.concat(
            Stream.of(
                "-Dspring.profiles.active=dev",
                "-Dmuster.provisioning.chunk-rows=" + piece,
                "-Dmuster.provisioning.part-devices=" + piece,
                "-Dmuster.partitions.remote-from=" + rows / 2,
                "-Dmuster.schedule.nightly=-",
                "-Dmuster.arrivals.heartbeat=1s",
                "-Dmuster.arrivals.silence=" + SILENCE.toSeconds() + "s",
                "-Dmuster.arrivals.first-delay=500ms",
                "-Dmuster.arrivals.longest-delay=3s",
                "-Dmuster.arrivals.max-attempts=1000"),
            hubs)
        .toArray(String[]::new);
  }

  /** Of an instance that has its servers in common with others, and knows them by this name. */
  private String[] shared(String host) {
    List<String> all = new ArrayList<>(List.of(options()));
    all.add("-Dspring.datasource.url=" + postgres.jdbcUrl().replace("127.0.0.1", host));
    all.add("-Dspring.datasource.username=" + postgres.user());
    all.add("-Dspring.datasource.password=" + postgres.password());
    all.add("-Dspring.datasource.hikari.connection-timeout=5000");
    all.add("-Dmuster.store.blob.connection-string=" + azurite.connectionString(host));
    all.add("-Dmuster.blob.connection-string=" + azurite.connectionString(host));
    all.add("-Dmuster.blob.further-containers=announced");
    all.add("-Dmuster.blob.sweep=1s");
    all.add("-Dmuster.blob.quiet=500ms");
    if (broker != null) {
      all.add(
          "-Dmuster.kafka.bootstrap-servers="
              + broker.bootstrapServers().replace("127.0.0.1", host));
      all.add("-Dmuster.kafka.properties.[session.timeout.ms]=6000");
      all.add("-Dmuster.kafka.properties.[heartbeat.interval.ms]=1000");
    }
    return all.toArray(String[]::new);
  }

  @SuppressWarnings("AnnotateFormatMethod")
  private static void say(String what, @Nullable Object... values) {
    System.out.println("faults " + Instant.now() + " " + what.formatted(values));
  }

  @Override
  public void close() throws Exception {
    for (Machine machine : machines) {
      machine.close();
    }
    if (broker != null) {
      broker.close();
    }
    azurite.close();
    postgres.close();
  }
}
