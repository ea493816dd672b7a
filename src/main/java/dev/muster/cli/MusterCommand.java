package dev.muster.cli;

import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** All commands. Each is also a launcher of its own in {@code jobs/}. */
@Command(
    name = "jobs/…",
    description = "From a factory's manifest to provisioned devices.",
    subcommands = {
      ProvisionCommand.class,
      CheckCommand.class,
      StatusCommand.class,
      OverviewCommand.class,
      RestartCommand.class,
      StopCommand.class,
      AbandonCommand.class,
      WithdrawCommand.class,
      RevokeCommand.class,
      RetireCommand.class,
      NightlyCommand.class,
      RenewCommand.class,
      RotateKeyCommand.class,
      ReassignCommand.class,
      HubsCommand.class,
      ReconcileCommand.class,
      OpenBundleCommand.class,
      FactoryCommand.class,
      KeygenCommand.class,
      ServeCommand.class,
      FindCommand.class,
      DevicesCommand.class,
      InstallCommand.class,
      TokenCommand.class,
      ServiceCommand.class,
      ClaimCommand.class,
      ManifestsCommand.class,
      UploadsCommand.class,
      ListsCommand.class,
      ArrivalsCommand.class,
      BundlesCommand.class,
      NotificationsCommand.class,
      TokenReportsCommand.class,
      SeenCommand.class,
      AuditCommand.class,
      SessionsCommand.class,
      DenyListCommand.class,
      BenchmarkCommand.class
    })
final class MusterCommand implements Runnable {

  @Spec private @Nullable CommandSpec spec;

  @Override
  public void run() {
    CommandLine commandLine = Objects.requireNonNull(spec).commandLine();
    throw new ParameterException(
        commandLine,
        "Say which: jobs/" + String.join(", jobs/", commandLine.getSubcommands().keySet()) + ".");
  }
}
