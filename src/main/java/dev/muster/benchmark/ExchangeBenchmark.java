package dev.muster.benchmark;

import dev.muster.bundle.AgeIdentity;
import dev.muster.credential.KeyInUse;
import dev.muster.credential.sas.Hubs;
import dev.muster.factory.Factories;
import dev.muster.factory.Factory;
import dev.muster.home.MusterHome;
import dev.muster.provisioning.ManifestRuns;
import dev.muster.renewal.RenewalOutcome;
import dev.muster.renewal.RenewalRuns;
import dev.muster.revocation.RevocationRuns;
import dev.muster.run.RunOutcome;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.ToDoubleFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.DoubleStream;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Component;

/**
 * How fast devices exchange their tokens over 64 connections, in groups and one by one: two
 * services stand side by side before one registry and are asked in turn, while nothing else is
 * done, while a manifest is loaded, while the devices that come are renewed, and while a list
 * revokes what was loaded. Devices come with the token that is in their first bundle, and each
 * comes again only when all have been. This process calls, loads, renews and revokes.
 */
@Component
public class ExchangeBenchmark {

  private static final int CONNECTIONS = 64;
  private static final Duration QUIET = Duration.ofSeconds(5);

  /** Each service compiles itself first. */
  private static final int WARM_UPS = 4;

  /** Each token ends within so long. */
  private static final Duration ALL = Duration.ofDays(36_500);

  private static final Duration START = Duration.ofMinutes(3);

  private static final Pattern ADDRESS = Pattern.compile("exchange tokens at (\\S+)\\.\\s");

  private final JdbcTemplate jdbc;
  private final ManifestRuns manifests;
  private final RenewalRuns renewals;
  private final RevocationRuns revocations;
  private final Factories factories;
  private final Hubs hubs;
  private final MusterHome home;

  private final ConcurrentLinkedQueue<Device> devices = new ConcurrentLinkedQueue<>();

  ExchangeBenchmark(
      JdbcTemplate jdbc,
      ManifestRuns manifests,
      RenewalRuns renewals,
      RevocationRuns revocations,
      Factories factories,
      Hubs hubs,
      MusterHome home) {
    this.jdbc = jdbc;
    this.manifests = manifests;
    this.renewals = renewals;
    this.revocations = revocations;
    this.factories = factories;
    this.hubs = hubs;
    this.home = home;
  }

  private record Device(UUID id, String hub, Instant expiresAt) {}

  /** What else is done. */
  public enum Beside {
    NOTHING,
    A_LOAD,
    A_RENEWAL,
    A_LIST
  }

  /** How exchanges are done. */
  public enum Manner {
    /** Each in a transaction of its own, four at the same time, as before there were groups. */
    ONE_BY_ONE,
    IN_GROUPS
  }

  /**
   * What one manner came to: medians over the rounds.
   *
   * @param p50 half of the answers took no longer, in milliseconds
   * @param without how many answers had no token, in all rounds
   * @param rates of every round
   */
  public record Result(
      Beside beside,
      Manner manner,
      double aSecond,
      double p50,
      double p99,
      double most,
      long without,
      List<Double> rates) {

    private static Result of(Beside beside, Manner manner, List<Round> rounds) {
      return new Result(
          beside,
          manner,
          median(rounds, Round::aSecond),
          median(rounds, round -> round.within(0.5)),
          median(rounds, round -> round.within(0.99)),
          median(rounds, round -> round.within(1)),
          rounds.stream().mapToLong(Round::without).sum(),
          rounds.stream().map(Round::aSecond).toList());
    }

    private static double median(List<Round> rounds, ToDoubleFunction<Round> of) {
      double[] sorted = rounds.stream().mapToDouble(of).sorted().toArray();
      return sorted[sorted.length / 2];
    }
  }

  private record Round(double seconds, List<Double> milliseconds, long without) {
    double aSecond() {
      return Math.rint(milliseconds.size() / seconds);
    }

    double within(double part) {
      int index = (int) Math.ceil(milliseconds.size() * part);
      return milliseconds.get(Math.min(milliseconds.size() - 1, index));
    }
  }

  private record Service(Process process, URL address) {}

  private interface Work {
    void run() throws IOException, InterruptedException;
  }

  /**
   * Runs it.
   *
   * @param rows how many devices there are, are loaded, and are on each list
   * @param progress told what is going on
   */
  public List<Result> run(int rows, int rounds, Consumer<String> progress)
      throws IOException, InterruptedException, ExecutionException {
    System.setProperty("http.maxConnections", Integer.toString(CONNECTIONS));
    Files.createDirectories(home.root());
    progress.accept("Provisioning %,d devices, and starting two services".formatted(rows));
    String theirs = provision(manifest(rows, 0));
    jdbc.query(
        "SELECT device_id, hub, token_expires_at FROM registry ORDER BY line",
        row -> {
          devices.add(
              new Device(
                  row.getObject(1, UUID.class), row.getString(2), row.getTimestamp(3).toInstant()));
        });
    Map<Manner, Service> services = new EnumMap<>(Manner.class);
    ExecutorService callers = Executors.newFixedThreadPool(CONNECTIONS);
    List<Result> results = new ArrayList<>();
    try {
      for (Manner manner : Manner.values()) {
        services.put(manner, start(manner));
      }
      for (Beside beside : Beside.values()) {
        Map<Manner, List<Round>> found = new EnumMap<>(Manner.class);
        int warmUps = beside == Beside.NOTHING ? WARM_UPS : 0;
        for (int round = 1 - warmUps; round <= rounds; round++) {
          for (Manner manner : Manner.values()) {
            Work work =
                work(beside, theirs, rows, 2 * round + (manner == Manner.IN_GROUPS ? 1 : 0));
            jdbc.execute("CHECKPOINT");
            Round one =
                round(callers, Objects.requireNonNull(services.get(manner)).address(), work);
            progress.accept(
                "%-7s %-10s  %5.0f a second  p50 %5.0f  p99 %5.0f  max %5.0f ms  %d without"
                    .formatted(
                        beside,
                        manner,
                        one.aSecond(),
                        one.within(0.5),
                        one.within(0.99),
                        one.within(1),
                        one.without()));
            if (round >= 1) {
              found.computeIfAbsent(manner, none -> new ArrayList<>()).add(one);
            }
          }
        }
        found.forEach((manner, all) -> results.add(Result.of(beside, manner, all)));
      }
    } finally {
      callers.shutdownNow();
      services.values().forEach(service -> service.process().destroy());
      for (Service service : services.values()) {
        service.process().waitFor();
      }
    }
    return results;
  }

  /** What is done meanwhile; files are written before. */
  private Work work(Beside beside, String theirs, int rows, int number) throws IOException {
    return switch (beside) {
      case NOTHING -> () -> Thread.sleep(QUIET.toMillis());
      case A_LOAD -> {
        Path file = manifest(rows, number);
        yield () -> {
          String unused = provision(file);
        };
      }
      case A_RENEWAL ->
          () -> {
            List<RenewalOutcome> outcomes = renewals.renew(theirs, ALL, null);
            if (outcomes.size() != 1 || outcomes.get(0).tokens() != rows) {
              throw new IllegalStateException("Not all were renewed: " + outcomes);
            }
          };
      case A_LIST -> {
        Path file = home.root().resolve("list.csv");
        GeneratedManifest.writeRevocations(file, rows, number);
        yield () -> {
          RunOutcome outcome = revocations.apply(file, null, "benchmark", null);
          if (outcome.accepted() == null || outcome.accepted() != rows) {
            throw new IllegalStateException("Not all were revoked: " + outcome.cause());
          }
        };
      }
    };
  }

  private Path manifest(int rows, int number) throws IOException {
    Path file = home.root().resolve("manifest.csv");
    GeneratedManifest.write(file, rows, number);
    return file;
  }

  /** As a new factory's, whose id it returns. */
  private String provision(Path file) throws IOException {
    String factory = "benchmark-" + System.nanoTime();
    factories.add(new Factory(factory, List.of(AgeIdentity.generate().recipient()), null));
    RunOutcome outcome = manifests.provision(file, factory, null, null);
    if (!outcome.delivered()) {
      throw new IllegalStateException("The devices were not provisioned: " + outcome.cause());
    }
    return factory;
  }

  /** Callers call until the work is done. */
  private Round round(ExecutorService callers, URL address, Work work)
      throws IOException, InterruptedException, ExecutionException {
    AtomicBoolean done = new AtomicBoolean();
    AtomicLong without = new AtomicLong();
    List<Future<double[]>> all = new ArrayList<>();
    long began = System.nanoTime();
    double seconds;
    try {
      for (int i = 0; i < CONNECTIONS; i++) {
        all.add(callers.submit(() -> call(address, done, without)));
      }
      work.run();
    } finally {
      seconds = (System.nanoTime() - began) / 1e9;
      done.set(true);
    }
    DoubleStream milliseconds = DoubleStream.empty();
    for (Future<double[]> one : all) {
      milliseconds = DoubleStream.concat(milliseconds, Arrays.stream(one.get()));
    }
    return new Round(seconds, milliseconds.sorted().boxed().toList(), without.get());
  }

  private double[] call(URL address, AtomicBoolean done, AtomicLong without) throws IOException {
    DoubleStream.Builder milliseconds = DoubleStream.builder();
    while (!done.get()) {
      Device device = devices.remove();
      devices.add(device);
      String token =
          hubs.byName(device.hub()).issuer(KeyInUse.PRIMARY, device.expiresAt()).token(device.id());
      long began = System.nanoTime();
      HttpURLConnection request = (HttpURLConnection) address.openConnection();
      request.setRequestMethod("POST");
      request.setRequestProperty("Authorization", token);
      boolean fresh = request.getResponseCode() == HttpURLConnection.HTTP_OK;
      try (InputStream body = fresh ? request.getInputStream() : request.getErrorStream()) {
        long unused = body.transferTo(OutputStream.nullOutputStream());
      }
      milliseconds.add((System.nanoTime() - began) / 1e6);
      if (!fresh) {
        without.incrementAndGet();
      }
    }
    return milliseconds.build().toArray();
  }

  /** As this process was started, in the same home. */
  private Service start(Manner manner) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
    command.addAll(
        List.of(
            "-Dmuster.home=" + home.root(), "-Dserver.port=0", "-Dmuster.exchange.interval=0s"));
    if (manner == Manner.ONE_BY_ONE) {
      command.addAll(List.of("-Dmuster.exchange.together=1", "-Dmuster.exchange.concurrent=4"));
    }
    command.addAll(
        List.of("-cp", System.getProperty("java.class.path"), "dev.muster.Muster", "serve"));
    File out = home.root().resolve(manner.name() + ".out").toFile();
    Process process =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(out).start();
    long deadline = System.nanoTime() + START.toNanos();
    while (process.isAlive() && System.nanoTime() < deadline) {
      Matcher address = ADDRESS.matcher(Files.readString(out.toPath()));
      if (address.find()) {
        return new Service(process, URI.create(address.group(1)).toURL());
      }
      Thread.sleep(200);
    }
    process.destroyForcibly();
    throw new IOException("A service did not start: " + Files.readString(out.toPath()));
  }
}
