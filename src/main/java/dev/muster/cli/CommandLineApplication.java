package dev.muster.cli;

import dev.muster.operations.OperationRefusedException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.BeanCreationException;
import org.springframework.context.ConfigurableApplicationContext;
import picocli.CommandLine;
import picocli.CommandLine.IFactory;
import picocli.CommandLine.ParameterException;

/**
 * Parses the command line first and starts the application only when a command needs it: {@code
 * --help}, wrong usage, {@code keygen} and {@code open-bundle} answer at once and touch nothing.
 */
public final class CommandLineApplication {

  private CommandLineApplication() {}

  /**
   * Runs one command.
   *
   * @param start starts the application, at most once
   * @return the exit code: 0 all well, 1 failed, 2 wrong usage, 3 done with rejected rows
   */
  public static int run(Supplier<ConfigurableApplicationContext> start, String... args) {
    try (Application application = new Application(start)) {
      CommandLine commandLine =
          new CommandLine(new MusterCommand(), application)
              .setCaseInsensitiveEnumValuesAllowed(true)
              .setOut(new PrintWriter(System.out, true, StandardCharsets.UTF_8))
              .setErr(new PrintWriter(System.err, true, StandardCharsets.UTF_8))
              .setParameterExceptionHandler(CommandLineApplication::wrongUsage)
              .setExecutionExceptionHandler(CommandLineApplication::failed);
      // Launched as jobs/provision, so say that in the usage, not "muster provision".
      commandLine
          .getSubcommands()
          .forEach((name, command) -> command.getCommandSpec().qualifiedName("jobs/" + name));
      return commandLine.execute(args);
    }
  }

  private static int wrongUsage(ParameterException e, String[] args) {
    CommandLine command = e.getCommandLine();
    command.getErr().println(e.getMessage());
    command.getErr().println("Try " + command.getCommandSpec().qualifiedName() + " --help.");
    return ExitCodes.WRONG_USAGE;
  }

  private static int failed(Exception e, CommandLine command, CommandLine.ParseResult parsed) {
    LoggerFactory.getLogger(CommandLineApplication.class).debug("The command failed", e);
    command.getErr().println(sentence(e));
    return ExitCodes.FAILED;
  }

  private static String sentence(Exception e) {
    if (e instanceof OperationRefusedException || e instanceof CommandFailedException) {
      return String.valueOf(e.getMessage());
    }
    if (e instanceof NoSuchFileException) {
      return "There is no file " + e.getMessage() + ".";
    }
    Throwable root = e;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    String message = root.getMessage();
    return e instanceof BeanCreationException || root != e
        ? "Muster can't do this: " + message
        : e.getClass().getSimpleName() + ": " + message;
  }

  /**
   * Makes the commands: with the application's beans for those that ask for any in their
   * constructor.
   */
  private static final class Application implements IFactory, AutoCloseable {

    private final Supplier<ConfigurableApplicationContext> start;
    private @Nullable ConfigurableApplicationContext context;

    Application(Supplier<ConfigurableApplicationContext> start) {
      this.start = start;
    }

    @Override
    public <K> K create(Class<K> type) throws Exception {
      if (type.equals(Beans.class)) {
        return type.cast((Beans) this::bean);
      }
      try {
        var constructor = type.getDeclaredConstructor(Beans.class);
        constructor.setAccessible(true);
        return constructor.newInstance((Beans) this::bean);
      } catch (NoSuchMethodException e) {
        return CommandLine.defaultFactory().create(type);
      }
    }

    private <T> T bean(Class<T> type) {
      if (context == null) {
        context = start.get();
      }
      return context.getBean(type);
    }

    @Override
    public void close() {
      if (context != null) {
        context.close();
      }
    }
  }
}
