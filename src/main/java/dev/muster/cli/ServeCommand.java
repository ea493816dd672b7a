package dev.muster.cli;

import dev.muster.home.MusterHome;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

@Command(
    name = "serve",
    description = {
      "Runs as a service: takes manifests from the watched folder and from every other source that"
          + " is configured, provisions them, and answers where they came from.",
      "",
      "Ends with Ctrl-C or SIGTERM: what is under way stops behind its next chunk, and goes on at"
          + " the next start, or at once in another instance."
    })
final class ServeCommand implements Callable<Integer> {

  private final Beans beans;

  @Spec private @Nullable CommandSpec spec;
  @Mixin private HelpOption options = new HelpOption();

  ServeCommand(Beans beans) {
    this.beans = beans;
  }

  @Override
  public Integer call() throws InterruptedException {
    // What runs by itself is only there when this is set.
    System.setProperty("muster.serve", "true");
    options
        .output(spec)
        .line(
            "Muster is serving. Drop manifests into "
                + beans.get(MusterHome.class).inbox()
                + "/<factory>/.");
    beans.get(EndOfService.class).await();
    return ExitCodes.OK;
  }
}
