package dev.muster.cli;

import dev.muster.access.Caller;
import dev.muster.access.Callers;
import dev.muster.home.DiskSpace;
import dev.muster.home.MusterHome;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;
import org.springframework.boot.web.server.PortInUseException;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.dao.DataAccessException;
import org.springframework.transaction.TransactionException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IFactory;
import picocli.CommandLine.ParameterException;

/**
 * Parses the command line first and starts the application only when a command needs it: {@code
 * --help}, wrong usage, {@code keygen} and {@code open-bundle} answer at once and touch nothing.
 */
public final class CommandLineApplication {

  private static final int MAX_PORT = 65_535;

  private CommandLineApplication() {}

  /**
   * Runs one command.
   *
   * @param start starts the application, at most once
   * @return the exit code: 0 all well, 1 failed, 2 wrong usage, 3 done with rejected rows
   */
  public static int run(Supplier<ConfigurableApplicationContext> start, String... args) {
    Callers.set(Caller.commandLine());
    try (Application application = new Application(start)) {
      return commandLine(application, args.length == 0 ? "" : args[0])
          .setOut(new PrintWriter(System.out, true, StandardCharsets.UTF_8))
          .setErr(new PrintWriter(System.err, true, StandardCharsets.UTF_8))
          .setParameterExceptionHandler(CommandLineApplication::wrongUsage)
          .setExecutionExceptionHandler(CommandLineApplication::failed)
          .execute(Arrays.copyOfRange(args, Math.min(1, args.length), args.length));
    }
  }

  /**
   * The command of this name, which its usage calls as people do: {@code jobs/provision}. Only that
   * one: to describe all of them takes as long as the JVM's start.
   */
  private static CommandLine commandLine(Application application, String name) {
    for (Class<?> type : MusterCommand.class.getAnnotation(Command.class).subcommands()) {
      if (type.getAnnotation(Command.class).name().equals(name)) {
        return new CommandLine(type, application)
            .setCommandName("jobs/" + name)
            .setCaseInsensitiveEnumValuesAllowed(true);
      }
    }
    return new CommandLine(new MusterCommand(), application)
        .setCaseInsensitiveEnumValuesAllowed(true);
  }

  private static int wrongUsage(ParameterException e, String[] args) {
    CommandLine command = e.getCommandLine();
    Output.error(command, e.getMessage());
    command.getErr().println("Try " + command.getCommandSpec().qualifiedName() + " --help.");
    return ExitCodes.WRONG_USAGE;
  }

  private static int failed(Exception e, CommandLine command, CommandLine.ParseResult parsed) {
    LoggerFactory.getLogger(CommandLineApplication.class).debug("The command failed", e);
    Output.error(command, sentence(e));
    return ExitCodes.FAILED;
  }

  private static String sentence(Exception e) {
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof PortInUseException taken) {
        return portTaken(taken.getPort());
      }
    }
    String sentence = new DiskSpace(MusterHome.ofProcess()).sentence(e);
    return e instanceof DataAccessException || e instanceof TransactionException
        ? "The database (spring.datasource.url) failed meanwhile. %s What was committed stays; jobs/status shows how far it came, and jobs/restart goes on from there."
            .formatted(sentence)
        : sentence;
  }

  private static String portTaken(int port) {
    return "Port %d is taken, perhaps by another instance of jobs/serve. Each needs a port of its own: MUSTER_JAVA_OPTS=-Dserver.port=%d jobs/serve, or server.port in the configuration; 0 takes one that is free."
        .formatted(port, port == MAX_PORT ? port - 1 : port + 1);
  }

  /**
   * Makes the commands: with the application's beans for those that ask for any in their
   * constructor.
   */
  private static final class Application implements IFactory, Beans, AutoCloseable {

    private final Supplier<ConfigurableApplicationContext> start;
    private @Nullable ConfigurableApplicationContext context;

    Application(Supplier<ConfigurableApplicationContext> start) {
      this.start = start;
    }

    @Override
    public <K> K create(Class<K> type) throws Exception {
      try {
        var constructor = type.getDeclaredConstructor(Beans.class);
        constructor.setAccessible(true);
        return constructor.newInstance(this);
      } catch (NoSuchMethodException e) {
        return CommandLine.defaultFactory().create(type);
      }
    }

    @Override
    public <T> T get(Class<T> type) {
      if (context == null) {
        context = start.get();
      }
      return context.getBean(type);
    }

    @Override
    public void close() {
      if (context != null) {
        context.close();
        context = null;
      }
    }
  }
}
