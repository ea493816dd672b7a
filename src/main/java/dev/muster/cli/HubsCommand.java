package dev.muster.cli;

import dev.muster.publisher.HubView;
import dev.muster.publisher.Publishers;
import java.util.List;
import picocli.CommandLine.Command;

@Command(
    name = "hubs",
    description = {
      "The hubs: devices, which key is in use, as whom Muster tells them about revoked publishers,"
          + " and how that stands."
    })
final class HubsCommand extends ApplicationCommand {

  HubsCommand(Beans beans) {
    super(beans);
  }

  @Override
  public Integer call() {
    Output output = options.output();
    List<HubView> hubs = beans.get(Publishers.class).hubs();
    if (output.json()) {
      output.json(hubs);
      return ExitCodes.OK;
    }
    output.line(row("HUB", "DEVICES", "KEY", "TOLD BY", "PENDING", "FAILED", "ADDRESS"));
    for (HubView hub : hubs) {
      output.line(
          row(
              hub.hub(),
              number(hub.devices()),
              hub.keyInUse(),
              hub.toldBy() == null ? "nobody" : hub.toldBy(),
              number(hub.pending()),
              number(hub.failed()),
              hub.namespace() == null ? "" : hub.namespace() + "/" + hub.eventHub()));
      if (hub.cannot() != null) {
        output.lines("    ", hub.cannot());
      } else if (hub.problem() != null) {
        output.lines("    ", "%s  %s".formatted(hub.problemAt(), hub.problem()));
      }
      HubReport.printReasons(hub.reasons(), output);
    }
    return ExitCodes.OK;
  }

  private static String number(long value) {
    return "%,d".formatted(value);
  }

  private static String row(String... cells) {
    return "%-16s %11s  %-9s %-16s %9s %9s  %s".formatted((Object[]) cells).stripTrailing();
  }
}
