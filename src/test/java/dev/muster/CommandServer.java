package dev.muster;

import ch.qos.logback.classic.LoggerContext;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * A process that runs one of Muster's commands after the other: everything that a process of its
 * own does for each, but for the start of the JVM and the loading of three hundred jars, which took
 * nine tenths of the time of such tests.
 */
final class CommandServer {

  private static final String OPTION = "-D";

  /** The service is told to end by a signal; a bundle's content goes past {@code System.out}. */
  private static final Set<String> OWN_PROCESS = Set.of("serve", "open-bundle");

  /** One for all tests of this JVM; whoever finds it busy starts a process of its own. */
  private static final ReentrantLock BUSY = new ReentrantLock();

  private static @Nullable CommandServer only;

  private final Process process;
  private final DataOutputStream requests;
  private final DataInputStream exitCodes;

  private CommandServer(Process process) {
    this.process = process;
    this.requests = new DataOutputStream(process.getOutputStream());
    this.exitCodes = new DataInputStream(process.getInputStream());
  }

  /**
   * Runs a command, unless it needs a JVM of its own.
   *
   * @param java how a JVM of Muster's is started, without a main class
   * @param options of the JVM
   * @return its exit code; null when it was not run
   */
  static @Nullable Integer run(
      List<String> java, List<String> options, Path out, Path err, int patience, String... args)
      throws IOException, InterruptedException {
    boolean propertiesOnly =
        options.stream()
            .allMatch(option -> option.startsWith(OPTION) && !option.startsWith("-Duser."));
    if (!propertiesOnly || (args.length > 0 && OWN_PROCESS.contains(args[0])) || !BUSY.tryLock()) {
      return null;
    }
    try {
      CommandServer server = only;
      if (server == null || !server.process.isAlive()) {
        server = start(java);
        only = server;
      }
      return server.ask(options, out, err, patience, args);
    } finally {
      BUSY.unlock();
    }
  }

  private static CommandServer start(List<String> java) throws IOException {
    List<String> command = new ArrayList<>(java);
    command.add(CommandServer.class.getName());
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
    Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
    return new CommandServer(process);
  }

  private int ask(List<String> options, Path out, Path err, int patience, String... args)
      throws IOException, InterruptedException {
    requests.writeUTF(out.toString());
    requests.writeUTF(err.toString());
    write(options);
    write(List.of(args));
    requests.flush();
    FutureTask<Integer> exitCode = new FutureTask<>(exitCodes::readInt);
    Thread waiting = new Thread(exitCode, "command");
    waiting.setDaemon(true);
    waiting.start();
    try {
      return exitCode.get(patience, TimeUnit.SECONDS);
    } catch (TimeoutException | ExecutionException e) {
      String at = stacks();
      process.destroyForcibly();
      throw new IllegalStateException(
          "%s did not end: %s%s".formatted(List.of(args), Files.readString(err), at), e);
    }
  }

  /** What the process is at. */
  private String stacks() throws IOException {
    Process jstack =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "jstack").toString(),
                Long.toString(process.pid()))
            .redirectErrorStream(true)
            .start();
    return new String(jstack.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
  }

  private void write(List<String> texts) throws IOException {
    requests.writeInt(texts.size());
    for (String text : texts) {
      requests.writeUTF(text);
    }
  }

  /** Runs what is asked for, and ends with an exception when nobody is there any more to ask. */
  public static void main(String[] none) throws IOException {
    DataInputStream asked = new DataInputStream(System.in);
    System.setIn(InputStream.nullInputStream());
    DataOutputStream answers = new DataOutputStream(System.out);
    Properties properties = System.getProperties();
    while (true) {
      String out = asked.readUTF();
      try (PrintStream outFile = new PrintStream(out, StandardCharsets.UTF_8);
          PrintStream errFile = new PrintStream(asked.readUTF(), StandardCharsets.UTF_8)) {
        Properties own = (Properties) properties.clone();
        for (String option : read(asked)) {
          String[] parts = option.substring(OPTION.length()).split("=", 2);
          own.setProperty(parts[0], parts.length == 1 ? "" : parts[1]);
        }
        System.setProperties(own);
        System.setOut(outFile);
        System.setErr(errFile);
        int exitCode = Muster.run(read(asked).toArray(String[]::new));
        endLogging();
        outFile.flush();
        errFile.flush();
        answers.writeInt(exitCode);
        answers.flush();
      }
    }
  }

  /** As the end of a process does: what the log had no room for is not the next command's fault. */
  private static void endLogging() {
    LoggerContext logging = (LoggerContext) LoggerFactory.getILoggerFactory();
    logging.stop();
    logging.getStatusManager().clear();
  }

  private static List<String> read(DataInputStream asked) throws IOException {
    List<String> texts = new ArrayList<>();
    for (int left = asked.readInt(); left > 0; left--) {
      texts.add(asked.readUTF());
    }
    return texts;
  }
}
