package dev.muster.cli;

import dev.muster.exchange.TokenReports;
import java.io.IOException;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "token-reports",
    description = {
      "Devices that presented an old token after a newer one had been issued, latest first.",
      "",
      "Once, the answer with the newer token may have been lost. Again and again, or from addresses"
          + " that are not the device's, two hold tokens of one device: revoke it."
    })
final class TokenReportsCommand extends ApplicationCommand {

  @Parameters(arity = "0..1", paramLabel = "DEVICE", description = "Of this device: its GUID.")
  private @Nullable String device;

  @Mixin private ListOptions list = new ListOptions();

  @Option(names = "--factory", paramLabel = "ID", description = "Of this factory's devices.")
  private @Nullable String factory;

  @Mixin private PeriodOptions at = new PeriodOptions();

  TokenReportsCommand(Beans beans) {
    super(beans);
  }

  @Override
  public Integer call() throws IOException {
    Output output = options.output();
    UUID id = device == null ? null : DevicesCommand.IdsConverter.one(device, output.commandLine());
    TokenReports reports = beans.get(TokenReports.class);
    var filter = new TokenReports.Filter(id, factory, at.period());
    return list.print(
        output,
        () -> reports.all(filter),
        number -> reports.page(filter, null, number),
        "No device has presented an old token.",
        row("DEVICE", "TIMES", "LAST", "FROM", "PRESENTED ENDS", "CURRENT ENDED", "FACTORY"),
        report ->
            row(
                report.deviceId().toString(),
                Long.toString(report.times()),
                Output.time(report.at()),
                report.remoteAddress(),
                Output.time(report.presentedExpiry()),
                Output.time(report.currentExpiry()),
                Objects.toString(report.factory(), "–")));
  }

  private static String row(String... cells) {
    return "%-36s %6s  %-21s %-16s %-21s %-21s %s".formatted((Object[]) cells).stripTrailing();
  }
}
