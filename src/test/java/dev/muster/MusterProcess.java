package dev.muster;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;

/** Muster's real process, as the launchers in {@code jobs/} start it, with a home of its own. */
public final class MusterProcess {

  /** What a command said, and how it ended. */
  public record Result(int exitCode, String out, String err) {}

  private static final int PATIENCE_SECONDS = 120;

  private final Path home;
  private final boolean prepared;
  private final List<String> options;

  /** Of a home that is prepared before its first command (see {@link PreparedHome}). */
  public MusterProcess(Path home, String... options) {
    this(home, true, options);
  }

  private MusterProcess(Path home, boolean prepared, String... options) {
    this.home = home;
    this.prepared = prepared;
    this.options = List.of(options);
  }

  /** Of a home in which there is nothing but what its commands make. */
  public static MusterProcess untouched(Path home, String... options) {
    return new MusterProcess(home, false, options);
  }

  /**
   * With a hub {@code contoso} and these options more.
   *
   * @param secondary its other key
   */
  public static MusterProcess withHub(Path home, String key, String secondary, String... more) {
    List<String> options =
        new ArrayList<>(
            List.of(
                "-Dspring.profiles.active=dev",
                "-Dmuster.hubs[0].name=contoso",
                "-Dmuster.hubs[0].namespace=contoso.servicebus.windows.net",
                "-Dmuster.hubs[0].event-hub=telemetry",
                "-Dmuster.hubs[0].key-name=send",
                "-Dmuster.hubs[0].primary-key=" + key,
                "-Dmuster.hubs[0].secondary-key=" + secondary));
    options.addAll(List.of(more));
    return new MusterProcess(home, options.toArray(String[]::new));
  }

  /** Runs a command to its end, in a process that may have run others before. */
  public Result run(String... arguments) throws IOException, InterruptedException {
    prepare();
    Path out = said(".out");
    Path err = said(".err");
    List<String> own = new ArrayList<>(List.of("-Dmuster.home=" + home, "-Dserver.port=0"));
    own.addAll(options);
    Integer exitCode = CommandServer.run(java(), own, out, err, PATIENCE_SECONDS, arguments);
    if (exitCode != null) {
      return new Result(exitCode, Files.readString(out), Files.readString(err));
    }
    Running running = start(arguments);
    if (!running.process().waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
      running.process().destroyForcibly();
      throw new IllegalStateException("The command did not end: " + running.err());
    }
    return new Result(running.process().exitValue(), running.out(), running.err());
  }

  /** A command that is under way. */
  public record Running(Process process, Path outFile, Path errFile) {
    public String out() throws IOException {
      return Files.readString(outFile);
    }

    public String err() throws IOException {
      return Files.readString(errFile);
    }
  }

  /** Starts a command. */
  public Running start(String... arguments) throws IOException, InterruptedException {
    return start(Map.of(), List.of(), arguments);
  }

  /** Starts a command with variables of the environment and options of the JVM of its own. */
  public Running start(Map<String, String> environment, List<String> more, String... arguments)
      throws IOException, InterruptedException {
    prepare();
    List<String> command = java();
    command.add("-Dmuster.home=" + home);
    // Several services run side by side, here and on the machine
    command.add("-Dserver.port=0");
    command.addAll(options);
    command.addAll(more);
    command.add("dev.muster.Muster");
    command.addAll(List.of(arguments));
    Path out = said(".out");
    Path err = said(".err");
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(err.toFile());
    builder.environment().putAll(environment);
    Process process = builder.start();
    return new Running(process, out, err);
  }

  private void prepare() throws IOException {
    if (prepared) {
      PreparedHome.at(home);
    }
  }

  /** A file for what a command says. */
  private Path said(String ending) throws IOException {
    Files.createDirectories(home.getParent());
    return home.resolveSibling("muster-" + UUID.randomUUID() + ending);
  }

  private static List<String> java() throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    List<String> jvmOptions = jvmOptions();
    command.addAll(jvmOptions);
    command.addAll(SharedClasses.options(jvmOptions));
    return command;
  }

  private static List<String> jvmOptions() {
    List<String> options =
        new ArrayList<>(
            List.of(
                "-Xmx512m",
                "-XX:+UseParallelGC",
                "-XX:TieredStopAtLevel=1",
                "-XX:OnOutOfMemoryError=kill -KILL %p",
                "-XX:+ExitOnOutOfMemoryError"));
    if (Runtime.version().feature() >= 24) {
      options.add("--enable-native-access=ALL-UNNAMED");
      options.add("--sun-misc-unsafe-memory-access=allow");
    }
    return options;
  }
}
