package dev.muster.cli;

import picocli.CommandLine.Command;

/** All commands. Each is also a launcher of its own in {@code jobs/}. */
@Command(
    name = "muster",
    description = "From a factory's manifest to provisioned devices.",
    subcommands = {
      ProvisionCommand.class,
      CheckCommand.class,
      StatusCommand.class,
      RestartCommand.class,
      StopCommand.class,
      AbandonCommand.class,
      WithdrawCommand.class,
      OpenBundleCommand.class,
      FactoryCommand.class,
      KeygenCommand.class
    })
final class MusterCommand {}
