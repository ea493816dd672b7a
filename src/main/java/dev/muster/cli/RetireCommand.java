package dev.muster.cli;

import dev.muster.denylist.DenyList;
import dev.muster.registry.DevicesInService;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "retire",
    description = {
      "Retires devices that are scrapped: they go out of service, and nothing brings them back.",
      "",
      "One that is refused ends it: those before it are retired, and those behind it are not.",
      "",
      "Their data is removed by the nightly run after muster.retired.keep; muster.retired.ids says"
          + " whether their ids are free then. jobs/serve tells their hubs."
    })
final class RetireCommand extends ApplicationCommand {

  @Parameters(arity = "1..*", paramLabel = "DEVICE", description = "Their GUIDs.")
  private List<String> devices = List.of();

  @Option(
      names = "--reason",
      paramLabel = "TEXT",
      required = true,
      description = "Why; the devices' history keeps it.")
  private String reason = "";

  RetireCommand(Beans beans) {
    super(beans);
  }

  @Override
  public Integer call() {
    Output output = options.output();
    List<UUID> ids = new ArrayList<>();
    for (String device : devices) {
      ids.add(DevicesCommand.IdsConverter.one(device, output.commandLine()));
    }
    DevicesInService service = beans.get(DevicesInService.class);
    List<UUID> retired = new ArrayList<>();
    try {
      for (UUID id : ids) {
        service.retire(id, reason);
        retired.add(id);
        output.line("Device %s is retired.".formatted(id));
      }
    } finally { // those before one that is refused, are
      if (output.json()) {
        output.json(retired.stream().map(id -> Map.of("device", id, "state", "RETIRED")).toList());
      }
      beans.get(DenyList.class).publishPending().forEach(output::error);
    }
    return ExitCodes.OK;
  }
}
