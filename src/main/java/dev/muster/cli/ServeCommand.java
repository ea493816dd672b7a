package dev.muster.cli;

import dev.muster.home.MusterHome;
import dev.muster.http.HostNames;
import java.util.concurrent.Callable;
import org.springframework.core.env.Environment;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "serve",
    description = {
      "Runs as a service: takes manifests from the watched folder and from every other source that"
          + " is configured, provisions them, and answers where they came from.",
      "",
      "Devices exchange their tokens, people sign in at the console, and programs call the REST API"
          + " over HTTP at server.address and server.port (127.0.0.1 and 8080 unless configured). A"
          + " second instance on the same machine needs another port:"
          + " MUSTER_JAVA_OPTS=-Dserver.port=8081; 0 takes one that is free.",
      "",
      "Ends with Ctrl-C or SIGTERM: what is under way stops behind its next chunk, and goes on at"
          + " the next start, or at once in another instance.",
      "",
      "With --role worker it takes nothing and answers nobody over HTTP: it lends its processors to"
          + " the large manifests and renewals that other instances run."
    })
final class ServeCommand implements Callable<Integer> {

  private final Beans beans;

  enum Role {
    ALL,
    WORKER
  }

  @Option(
      names = "--role",
      paramLabel = "ROLE",
      defaultValue = "ALL",
      description = {
        "all (the default), or worker: only partitions of large runs that others lead."
      })
  private Role role = Role.ALL;

  @Mixin private HelpOption options = new HelpOption();

  ServeCommand(Beans beans) {
    this.beans = beans;
  }

  @Override
  public Integer call() throws InterruptedException {
    Output output = options.output();
    output.line("Muster is starting, with its home in " + MusterHome.ofProcess().root() + ".");
    if (role == Role.WORKER) {
      System.setProperty("muster.instance", "true");
      beans.get(MusterHome.class);
      output.line("Muster is working on partitions of others' runs.");
      beans.get(EndOfService.class).await();
      return ExitCodes.OK;
    }
    // What runs by itself is only there when this is set.
    System.setProperty("muster.serve", "true");
    System.setProperty("spring.main.web-application-type", "servlet");
    MusterHome home = beans.get(MusterHome.class);
    output.line("Muster is serving. Drop manifests into " + home.inbox() + "/<factory>/.");
    output.line("Devices exchange tokens at " + address() + "/device/token.");
    output.line("People sign in at " + address() + "/, and programs call " + address() + "/api.");
    beans.get(EndOfService.class).await();
    return ExitCodes.OK;
  }

  private String address() {
    Environment environment = beans.get(Environment.class);
    return "%s://%s:%s%s"
        .formatted(
            HostNames.encrypted(environment) ? "https" : "http",
            environment.getProperty("server.address"),
            environment.getProperty("local.server.port"),
            environment.getProperty("server.servlet.context-path", ""));
  }
}
