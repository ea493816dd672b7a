package dev.muster.cli;

import dev.muster.exchange.TokenReports;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
    name = "token-reports",
    description = {
      "Devices that presented an old token after a newer one had been issued, latest first.",
      "",
      "Once, the answer with the newer token may have been lost. Again and again, or from addresses"
          + " that are not the device's, two hold tokens of one device: revoke it."
    })
final class TokenReportsCommand extends ApplicationCommand {

  @Mixin private LastOption last = new LastOption();

  TokenReportsCommand(Beans beans) {
    super(beans);
  }

  @Override
  public Integer call() {
    return options
        .output()
        .list(
            beans.get(TokenReports.class).latest(last.number()),
            "No device has presented an old token.",
            row("DEVICE", "TIMES", "LAST", "FROM", "PRESENTED ENDS", "CURRENT ENDED"),
            report ->
                row(
                    report.deviceId().toString(),
                    Long.toString(report.times()),
                    Output.time(report.at()),
                    report.remoteAddress(),
                    Output.time(report.presentedExpiry()),
                    Output.time(report.currentExpiry())));
  }

  private static String row(String... cells) {
    return "%-36s %6s  %-21s %-16s %-21s %s".formatted((Object[]) cells).stripTrailing();
  }
}
